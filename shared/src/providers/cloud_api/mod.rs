//! WhatsApp's own Cloud API, at Meta.
//!
//! `request` builds what is sent, `classify` says what comes back means, and [`codes`] is the table of Meta's error codes;
//! all of it is pure but for the one call, which is made here.
//!
//! A code decides whatever the HTTP status is. The table of answers without one is in `docs/PROVIDERS.md`, beside that of the
//! codes; both are what the tests run.
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
