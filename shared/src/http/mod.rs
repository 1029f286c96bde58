//! The HTTP layer that all endpoints share: requests, answers, problems, and who is calling.

mod auth;
mod body;
mod campaigns;
pub(crate) mod constant_time;
mod cursor;
mod front;
mod idempotency;
mod lookup;
mod multipart;
mod problem;
mod request;
mod response;
mod row_error;
mod serve;
mod session;
mod view;

pub use auth::{Caller, Credentials, Proof};
pub use body::{json_body, json_list_body};
pub use campaigns::{campaign_id, campaign_not_found, campaign_view, decided, not_ended};
pub use cursor::{cursor, read_cursor};
pub use front::{Admit, Front, LimitKind, PublicFront};
pub use http::{HeaderName, HeaderValue, StatusCode};
pub use idempotency::{Asked, once};
pub use lookup::{find_message, message_id};
pub use multipart::{CsvForm, csv_form};
pub use problem::{ErrorCode, Problem};
pub use request::ApiRequest;
pub use response::ApiResponse;
pub use row_error::RowError;
pub use serve::serve;
pub use session::own_session;
pub use view::{Accepted, conversation_view, message_view};
