//! Requests of the API, parsed: a value that exists is valid.

mod fields;
mod list;
mod send;
mod session;

pub use fields::{FieldCode, FieldError};
pub use list::{ConversationsRequest, ListFrom, ListRequest, stats_period};
pub use send::SendRequest;
pub use session::{SessionRequest, SessionRules};
