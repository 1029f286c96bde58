//! WhatsApp's own Cloud API, at Meta.
//!
//! `request` builds what is sent, `classify` says what comes back means, and [`codes`] is the table of Meta's error codes;
//! all of it is pure but for the one call, which is made here.
//!
//! # What an answer means
//!
//! | answer | outcome | why |
//! |---|---|---|
//! | 2xx with a message id | accepted | also when Meta holds it back to assess its quality: its webhooks tell the rest |
//! | 2xx, JSON that was cut | accepted | Meta says 200 to what it has taken; a webhook brings the id |
//! | 2xx, anything else | unknown | something else than Meta answered |
//! | an error with a known code | by the table | whatever the HTTP status |
//! | an unknown code with `is_transient` | transient | Meta says that a repeat may succeed |
//! | an unknown code, 5xx | unknown | how far Meta came is not told |
//! | an unknown code, otherwise | permanent | Meta looked at the request and refused it |
//! | no code: 3xx, 404, 405 | session held | `baseUrl` or `apiVersion` is wrong |
//! | no code: 401, 403 | session held | the token is refused |
//! | no code: 429 | session held | as long as `Retry-After` says |
//! | no code: 408, other 4xx | transient | refused, so unsent; why cannot be read |
//! | no code: 503, 521, 523, 525, 526, 530 | session held | a proxy has no server to pass the request to |
//! | no code: all else | unknown | a proxy lost Meta's answer, perhaps after Meta had the request |
//! | no connection: refused, name, TLS, 3 s over | session held | nothing was written |
//! | time-out or broken connection after that | unknown | Meta may have the request |
//!
//! What is unknown is settled by Meta's webhooks, which bring our message id back (`biz_opaque_callback_data`).

#[cfg(feature = "providers")]
mod classify;
pub mod codes;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod sending;

#[cfg(feature = "providers")]
pub use sending::{CloudApi, CloudApiNumber};
