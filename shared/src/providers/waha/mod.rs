//! WAHA: a self-hosted HTTP server in front of WhatsApp Web.
//!
//! `request` builds what is sent, `answer` reads what comes back, `classify` says what it means; `numbers` and `typing`
//! are what a session may ask for before its messages; `webhook` reads what WAHA reports. Everything is pure except the
//! calls, which are made in `sending`.
//!
//! # What an answer means
//!
//! The one question is whether the message may have been sent. Where that cannot be excluded, the outcome is unknown
//! and nothing is sent again (`no_blind_resend`); only what is surely unsent is tried again. The table of answers is in
//! `docs/PROVIDERS.md`, and is what the tests of `classify` run.
//!
//! # Time
//!
//! All calls for a message together end within [`PROVIDER_TIMEOUT_MS`]. WAHA waits up to 10 s for a session that is not
//! working before it says so, and a send that is cut short by then has an unknown outcome. So what comes before the send
//! may take time only from a session that is known to work: the check of a number is one that the session must work for,
//! and a check without an answer ends with nothing sent; so does typing that is not answered within a second. What was
//! checked is kept; a table that does not answer within a fifth of a second is not waited for, and the number is checked once
//! more.
//!
//! [`PROVIDER_TIMEOUT_MS`]: domain::tuning::PROVIDER_TIMEOUT_MS

#[cfg(feature = "providers")]
mod answer;
#[cfg(feature = "providers")]
mod classify;
mod core_id;
#[cfg(feature = "providers")]
mod numbers;
#[cfg(feature = "providers")]
mod request;
#[cfg(feature = "providers")]
mod sending;
#[cfg(feature = "providers")]
mod typing;
pub(super) mod webhook;

#[cfg(feature = "providers")]
pub use sending::Waha;
