//! WAHA: a self-hosted HTTP server in front of WhatsApp Web.

use serde::{Deserialize, Serialize};

use super::Settings;
use super::schema::Field;
use crate::values::fields::Fields;
use crate::values::reach::Reach;
use crate::values::secret::Secret;

/// How to reach a session of a WAHA server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WahaSettings {
    /// The server's address, such as `https://waha.example.com`; may have a path.
    pub base_url: String,
    /// Goes into `X-Api-Key`.
    pub api_key: Secret,
    /// The session's name at that server.
    pub session: String,
    /// Key of the signature of its webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<Secret>,
    /// The options of the session.
    #[serde(default, skip_serializing_if = "WahaOptions::is_default")]
    pub options: WahaOptions,
}

/// Options of a WAHA session. Each is off unless the session sets it.
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

    fn parse(fields: &mut Fields<'_>) -> Self {
        Self {
            check_numbers: fields.optional_bool("checkNumbers").unwrap_or_default(),
            simulate_typing: fields.optional_bool("simulateTyping").unwrap_or_default(),
            own_message_ids: fields.optional_bool("ownMessageIds").unwrap_or_default(),
        }
    }
}

impl Settings for WahaSettings {
    const FIELDS: &'static [Field] = &[
        Field::text("baseUrl", "Of the WAHA server"),
        Field::secret("apiKey", "WAHA: goes into `X-Api-Key`"),
        Field::text("session", "WAHA: the session's name at the server"),
        Field::secret("webhookSecret", "WAHA: signs webhooks; generated when it is absent"),
        Field::flag(
            "checkNumbers",
            "WAHA: asks before the first send to a contact whether the number is on WhatsApp",
        ),
        Field::flag("simulateTyping", "WAHA: shows the contact that something is being typed"),
        Field::flag(
            "ownMessageIds",
            "WAHA: gives messages ids of ours, which the engines NOWEB and GOWS take",
        ),
    ];

    fn parse(fields: &mut Fields<'_>, reach: Reach) -> Option<Self> {
        let base_url = fields.required_text("baseUrl");
        let base_url = fields.parsed("baseUrl", base_url, |text| reach.base_url(text));
        let missing = "is missing: it goes into X-Api-Key at the WAHA server";
        let api_key = fields.required_secret("apiKey", missing);
        let session = fields.required_name("session");
        let webhook_secret = fields.optional_secret("webhookSecret");
        let options = WahaOptions::parse(fields);
        Some(Self { base_url: base_url?, api_key: api_key?, session: session?, webhook_secret, options })
    }

    fn webhook_secret(&mut self) -> Option<&mut Option<Secret>> {
        Some(&mut self.webhook_secret)
    }
}
