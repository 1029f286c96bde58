//! WhatsApp's own Cloud API, at Meta.
//!
//! `request` builds what is sent, `classify` says what comes back means, `webhook` reads what Meta reports, and [`codes`] is
//! the table of Meta's error codes. Everything is pure except the one call, which is made in `sending`.
//!
//! If an answer has one of Meta's codes, the code decides, no matter what the HTTP status is. The table of answers without
//! one is in `docs/PROVIDERS.md`, beside that of the codes; both are what the tests run.
//!
//! What is unknown is settled by Meta's webhooks, which bring our message id back (`biz_opaque_callback_data`).

#[cfg(feature = "providers")]
mod classify;
pub mod codes;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod sending;
pub(super) mod webhook;

#[cfg(feature = "providers")]
pub use sending::CloudApi;
