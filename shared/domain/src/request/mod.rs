//! Requests of the API, parsed: a value that exists is valid.

mod bulk;
mod fields;
mod limits;
mod list;
mod send;
mod session;

pub use bulk::{BulkRequest, BulkRules, CampaignTerms, UploadRequest};
pub use fields::{FieldCode, FieldError};
#[cfg(feature = "schema")]
pub use list::stats_parameters;
pub use list::{
    CampaignsFrom, CampaignsRequest, ConversationsRequest, ListFrom, ListRequest, ShortListRequest,
    stats_period,
};
pub use send::SendRequest;
pub use session::{
    ApiKeyRequest, SessionChange, SessionRequest, SessionRules, SessionSettings, cancels_waiting,
};
#[cfg(feature = "schema")]
pub use session::{cancels_waiting_parameters, provider_schema};
