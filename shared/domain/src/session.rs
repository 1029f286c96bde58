//! A WhatsApp session: its configuration, without the pacer's state.

use crate::bulk::RecipientRules;
use crate::sending::allowance::{SendingLimits, Standing};
use crate::sending::pacer::Pacer;
use crate::sending::pacing::Pacing;
use crate::values::country::Country;
use crate::values::ids::{AccountId, SessionId};
use crate::values::time::Timestamp;

pub use crate::providers::{ProviderConfig, WahaOptions};
pub use crate::values::secret::Secret;

/// A session's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub session_id: SessionId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// How it reaches WhatsApp.
    pub provider: ProviderConfig,
    /// The range of its gaps; without one, the stack's default.
    pub pacing: Option<Pacing>,
    /// The session's limits, if it has any.
    pub limits: Option<SendingLimits>,
    /// The country of numbers that begin with 0.
    pub default_country: Option<Country>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Session {
    /// A session with the stack's pacing and without limits.
    pub fn new(
        session_id: SessionId,
        account_id: AccountId,
        name: impl Into<String>,
        provider: ProviderConfig,
        created_at: Timestamp,
    ) -> Self {
        let name = name.into();
        Self {
            session_id,
            account_id,
            name,
            provider,
            pacing: None,
            limits: None,
            default_country: None,
            created_at,
        }
    }

    /// How recipients are read that are sent to through it.
    pub const fn recipient_rules(&self) -> RecipientRules {
        RecipientRules { default_country: self.default_country, provider: Some(self.provider.kind()) }
    }
}

/// A session and its pacer, as one strongly consistent read returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The configuration.
    pub session: Session,
    /// The pacer.
    pub pacer: Pacer,
    /// When its owner deleted it: nothing is accepted or sent any more, and its waiting messages are being cancelled.
    pub deleted_at: Option<Timestamp>,
}

impl SessionState {
    /// Whether an account may use it: it is the account's own, and was not deleted.
    pub fn is_open_to(&self, account_id: AccountId) -> bool {
        self.session.account_id == account_id && self.deleted_at.is_none()
    }
}

/// How far the deletion of a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The session is not deleted.
    No,
    /// It is marked as deleted, and its waiting messages are being cancelled.
    Marked {
        /// The account that it belonged to.
        account_id: AccountId,
        /// When it was marked.
        at: Timestamp,
    },
    /// There is no such session (any more).
    Gone,
}

impl SessionState {
    /// What decides when the session may send.
    pub const fn standing(&self) -> Standing<'_> {
        Standing {
            limits: self.session.limits.as_ref(),
            pacer: &self.pacer,
            created_at: self.session.created_at,
        }
    }
}
