//! Requests of the API, parsed: a value that exists is valid.

mod bulk;
mod content;
mod limits;
mod list;
mod recipient;
mod send;
mod session;
mod time;

use crate::values::fields;

pub use bulk::{BulkContext, BulkRequest, BulkRules, CampaignTerms, UploadRequest};
pub use content::Warning;
pub use fields::{FieldCode, FieldError};
#[cfg(feature = "schema")]
pub use list::stats_parameters;
pub use list::{
    CampaignsFrom, CampaignsRequest, ConversationsRequest, ListFrom, ListRequest, ShortListRequest,
    stats_period,
};
pub use send::{SendRequest, named_session};
#[cfg(feature = "schema")]
pub use session::cancels_waiting_parameters;
pub use session::{
    ApiKeyRequest, SessionChange, SessionRequest, SessionRules, SessionSettings, cancels_waiting,
};
