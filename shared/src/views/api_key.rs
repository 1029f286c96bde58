//! An API key.

use domain::values::ids::ApiKeyId;
use serde::Serialize;

use super::time::Time;
use crate::ports::ApiKey;

/// An API key, without the key itself.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ApiKey"))]
pub struct ApiKeyView<'a> {
    /// Its id.
    pub id: ApiKeyId,
    /// What you call it.
    pub name: &'a str,
    /// The beginning of the key, `gapi_<4>`.
    pub prefix: &'a str,
    /// When it was created.
    pub created_at: Time,
    /// When it was last used, to some minutes.
    pub last_used_at: Option<Time>,
}

/// An API key that was just created.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NewApiKey"))]
pub struct NewApiKeyView<'a> {
    /// What is shown of it from now on.
    #[serde(flatten)]
    pub shown: ApiKeyView<'a>,
    /// The key itself, which is shown in this answer alone.
    pub key: String,
}

/// An API key, without the key itself.
pub fn api_key_view(row: &ApiKey) -> ApiKeyView<'_> {
    ApiKeyView {
        id: row.key_id,
        name: &row.name,
        prefix: &row.prefix,
        created_at: Time(row.created_at),
        last_used_at: row.last_used_at.map(Time),
    }
}
