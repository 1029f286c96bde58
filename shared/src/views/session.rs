//! A session.

use domain::sending::allowance::{NEW_CONTACTS_HELD, SendingLimits};
use domain::sending::pacer::Pacer;
use domain::sending::pacing::Pacing;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use serde::Serialize;

use super::provider::ProviderView;
use super::time::Time;

/// A session, with its health.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Session"))]
pub struct SessionView<'a> {
    /// Its id.
    pub id: SessionId,
    /// What you call it.
    pub name: &'a str,
    /// How it reaches WhatsApp, without secrets.
    pub provider: ProviderView,
    /// The gaps between its messages.
    pub pacing: PacingView,
    /// What it may send, if it has limits.
    pub limits: Option<&'a SendingLimits>,
    /// The country of recipients' numbers that begin with 0.
    pub default_country: Option<&'static str>,
    /// Whether it sends.
    pub health: HealthView<'a>,
    /// Where its provider's webhooks go; null when it has none.
    pub webhook_url: Option<String>,
    /// When it was created.
    pub created_at: Time,
}

/// A session that was just created or changed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NewSession"))]
pub struct NewSessionView<'a> {
    /// What is shown of it from now on.
    #[serde(flatten)]
    pub shown: SessionView<'a>,
    /// The webhook secret, when one was generated; it is shown in this answer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub webhook_secret: Option<&'a str>,
}

/// The range of the gaps between two messages.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct PacingView {
    /// The smallest gap, in milliseconds.
    pub min_gap_ms: u32,
    /// The largest gap, in milliseconds.
    pub max_gap_ms: u32,
}

impl From<Pacing> for PacingView {
    fn from(pacing: Pacing) -> Self {
        Self { min_gap_ms: pacing.min_gap_ms(), max_gap_ms: pacing.max_gap_ms() }
    }
}

/// Whether a session sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It sends.
    Ready,
    /// It does not send for now.
    Held,
}

domain::inline_schema!(HealthStatus, { "type": "string", "enum": [HealthStatus::Ready, HealthStatus::Held] });

/// Whether a session sends, and why not. One that may not write to new contacts for now is ready, and says so.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct HealthView<'a> {
    /// Whether it sends.
    pub status: HealthStatus,
    /// Why not, for programs.
    pub reason: Option<&'static str>,
    /// Why not, for people.
    pub detail: Option<&'a str>,
    /// When it tries again.
    pub until: Option<Time>,
}

/// `ready` or `held`. A session that may not write to new contacts for now is ready, and says so.
pub fn health_view(pacer: &Pacer, now: Timestamp) -> HealthView<'_> {
    let health = |status, reason, detail, until| HealthView {
        status,
        reason: Some(reason),
        detail: Some(detail),
        until: Some(Time(until)),
    };
    if let Some(hold) = pacer.release.hold.as_ref().filter(|hold| hold.until > now) {
        return health(HealthStatus::Held, hold.reason.name(), hold.detail.as_str(), hold.until);
    }
    match pacer.release.new_contacts_hold.as_ref().filter(|hold| hold.until > now) {
        Some(hold) => health(HealthStatus::Ready, NEW_CONTACTS_HELD, hold.detail.as_str(), hold.until),
        None => HealthView { status: HealthStatus::Ready, reason: None, detail: None, until: None },
    }
}

/// A session that is being deleted.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Deleting"))]
pub struct DeletingView {
    /// Its id.
    pub id: SessionId,
    /// `deleting`.
    #[cfg_attr(feature = "schema", schemars(extend("const" = "deleting")))]
    pub status: &'static str,
    /// How many of its messages are being cancelled, up to some thousands.
    pub waiting_messages: usize,
}

impl DeletingView {
    /// A session that is being deleted, of which so many messages wait.
    pub const fn new(id: SessionId, waiting_messages: usize) -> Self {
        Self { id, status: "deleting", waiting_messages }
    }
}
