//! Webhooks of providers: signatures, and what their bodies tell.
//!
//! A signature is checked over the raw body, before anything is read in it ([`signature`]). Reading is pure, and the same
//! for every engine ([`waha`], [`cloud_api`]); a part that cannot be read never keeps the others from being read.

pub mod cloud_api;
mod parts;
pub mod signature;
pub mod waha;

use domain::message::inbound::Arrival;
use domain::message::report::{About, Report};

/// What a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A message that was sent has entered a state.
    Report(About, Report),
    /// A message came in.
    Arrival(Box<Arrival>),
}

/// A body is not what this provider sends: what it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is no webhook of this provider: {0}")]
pub struct NotAWebhook(pub &'static str);
