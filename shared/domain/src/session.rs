//! A WhatsApp session: its configuration, without the pacer's state.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::allowance::{SendingLimits, Standing};
use crate::ids::{AccountId, SessionId};
use crate::pacer::Pacer;
use crate::pacing::Pacing;
use crate::time::Timestamp;

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

/// A session and its pacer, as one strongly consistent read returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The configuration.
    pub session: Session,
    /// The pacer.
    pub pacer: Pacer,
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
