//! A WhatsApp session: its configuration, without the pacer's state.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sending::allowance::{SendingLimits, Standing};
use crate::sending::pacer::Pacer;
use crate::sending::pacing::Pacing;
use crate::values::ids::{AccountId, SessionId};
use crate::values::time::Timestamp;

/// A text that must never reach a log or an answer. Only the vault, which encrypts it, serialises it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a session reaches WhatsApp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ProviderConfig {
    /// Sends nowhere and reports delivery by itself: for trying out and for tests.
    Sandbox,
    /// A WAHA server.
    Waha {
        /// Its address, such as `https://waha.example.com`.
        base_url: String,
        /// Goes into `X-Api-Key`.
        api_key: Secret,
        /// The session's name at that server.
        session: String,
        /// Key of the signature of its webhooks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook_secret: Option<Secret>,
        /// What it does beyond sending.
        #[serde(default, skip_serializing_if = "WahaOptions::is_default")]
        options: WahaOptions,
    },
    /// WhatsApp's own Cloud API.
    CloudApi {
        /// Meta's id of the phone number.
        phone_number_id: String,
        /// Goes into `Authorization: Bearer`.
        access_token: Secret,
        /// Key of the signature of its webhooks.
        app_secret: Secret,
        /// What the handshake of its webhook must bring.
        verify_token: Secret,
        /// Version of the API, such as `v23.0`; without one, ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_version: Option<String>,
        /// Where the API is; without it, at Meta.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_url: Option<String>,
    },
}

/// What a WAHA session does beyond sending. All of it is off unless asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WahaOptions {
    /// Asks, before the first send to a contact, whether the number is on WhatsApp.
    pub check_numbers: bool,
    /// Shows the contact that something is being typed, before each send.
    pub simulate_typing: bool,
    /// Gives each message an id of ours (`id`), which its webhooks then bring back. For the engines NOWEB and GOWS from
    /// 2026.4.3 on; others may refuse it.
    pub own_message_ids: bool,
}

impl WahaOptions {
    /// Whether nothing is asked for, which need not be stored.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl ProviderConfig {
    /// Its name in the API, in paths and in logs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Waha { .. } => "waha",
            Self::CloudApi { .. } => "cloud_api",
        }
    }
}

/// A session's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub session_id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// How it reaches WhatsApp.
    pub provider: ProviderConfig,
    /// The range of its gaps; without one, the stack's default.
    pub pacing: Option<Pacing>,
    /// What it may send, if it has limits.
    pub limits: Option<SendingLimits>,
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
        Self { session_id, account_id, name, provider, pacing: None, limits: None, created_at }
    }
}

/// A session and its pacer, as one strongly consistent read returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The configuration.
    pub session: Session,
    /// The pacer.
    pub pacer: Pacer,
    /// When its owner deleted it: nothing is accepted or sent any more, and what waits is being cancelled.
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
    /// It is not deleted.
    No,
    /// It is marked as deleted, and what waits is being cancelled.
    Marked {
        /// Whose it was.
        account_id: AccountId,
        /// When it was marked.
        at: Timestamp,
    },
    /// There is no such session (any more).
    Gone,
}

impl SessionState {
    /// What bears on when it may send.
    pub const fn standing(&self) -> Standing<'_> {
        Standing {
            limits: self.session.limits.as_ref(),
            pacer: &self.pacer,
            created_at: self.session.created_at,
        }
    }
}
