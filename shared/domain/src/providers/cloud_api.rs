//! WhatsApp's own Cloud API, at Meta.

use serde::{Deserialize, Serialize};

use super::Settings;
use super::schema::Field;
use crate::values::fields::Fields;
use crate::values::reach::Reach;
use crate::values::secret::Secret;

/// How to reach a phone number of the Cloud API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudApiSettings {
    /// Meta's id of the phone number.
    pub phone_number_id: String,
    /// Goes into `Authorization: Bearer`.
    pub access_token: Secret,
    /// Key of the signature of its webhooks.
    pub app_secret: Secret,
    /// What the handshake of its webhook must bring.
    pub verify_token: Secret,
    /// Version of the API, such as `v23.0`; without one, ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Where the API is; without it, at Meta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

impl Settings for CloudApiSettings {
    const FIELDS: &'static [Field] = &[
        Field::text("phoneNumberId", "Cloud API: Meta's id of the phone number"),
        Field::secret("accessToken", "Cloud API: goes into `Authorization`"),
        Field::secret("appSecret", "Cloud API: signs webhooks"),
        Field::secret("verifyToken", "Cloud API: what the handshake of the webhook must bring"),
        Field::optional_text("apiVersion", "Cloud API: such as `v23.0`"),
        Field::optional_text("baseUrl", "of the Cloud API, if it is not Meta's own"),
    ];

    fn parse(fields: &mut Fields<'_>, reach: Reach) -> Option<Self> {
        let phone_number_id = fields.required_text("phoneNumberId");
        let phone_number_id = fields.parsed("phoneNumberId", phone_number_id, id_of_number);
        let [access_token, app_secret, verify_token] = ["accessToken", "appSecret", "verifyToken"]
            .map(|name| fields.required_secret(name, "is missing"));
        let api_version = fields.optional_text("apiVersion");
        let api_version = fields.parsed("apiVersion", api_version, version);
        let base_url = fields.optional_text("baseUrl");
        let base_url = fields.parsed("baseUrl", base_url, |text| reach.base_url(text));
        Some(Self {
            phone_number_id: phone_number_id?,
            access_token: access_token?,
            app_secret: app_secret?,
            verify_token: verify_token?,
            api_version,
            base_url,
        })
    }
}

fn id_of_number(text: &str) -> Result<String, &'static str> {
    let is_one = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.to_owned()).ok_or("must be the digits of Meta's id of the phone number")
}

fn version(text: &str) -> Result<String, &'static str> {
    let is_part = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    let is_one = parts.is_some_and(|(major, minor)| is_part(major) && is_part(minor));
    is_one.then(|| text.to_owned()).ok_or("must be a version such as v23.0")
}
