//! Webhooks: what all providers' have in common.
//!
//! Each provider that reports by webhook has a `webhook` of its own in its folder: how it signs, and what its bodies report.
//! A signature is checked over the raw body, before anything is read in it ([`signature`]). Reading is pure; a part that
//! cannot be read never keeps the others from being read.

pub(super) mod parts;
pub mod signature;

use domain::message::inbound::Arrival;
use domain::message::report::{About, Report};
use domain::providers::ProviderConfig;
use domain::values::time::Timestamp;
use serde_json::Value;

use crate::http::{ApiRequest, ApiResponse, Problem};

/// The settings of a session whose provider reports by webhook.
pub trait WebhookSource {
    /// Whether the raw body is signed with the session's key.
    fn is_signed(&self, request: &ApiRequest) -> bool;

    /// All reports and messages in a body about the session; those about other sessions are skipped.
    fn read(&self, body: &Value, now: Timestamp) -> Result<Vec<Notice>, NotAWebhook>;
}

/// Answers a `GET` of a webhook's address, with which some providers ask whose it is before they post.
///
/// Without such a session the answer is that to a wrong request: the answer must not show which sessions exist.
pub type Handshake = fn(&ApiRequest, Option<&ProviderConfig>) -> Result<ApiResponse, Problem>;

/// What a webhook reports.
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
