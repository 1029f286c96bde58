//! A token.

use domain::values::ids::AccountId;
use serde::Serialize;

use super::time::Time;

/// What a login ends with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Token"))]
pub struct TokenView<'a> {
    /// The token, for the header `Authorization`.
    pub token: &'a str,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Until when it is valid.
    pub expires_at: Time,
    /// The account that it opens.
    pub account_id: AccountId,
}

impl<'a> TokenView<'a> {
    /// A token for an account.
    pub const fn bearer(token: &'a str, expires_at: Time, account_id: AccountId) -> Self {
        Self { token, token_type: "Bearer", expires_at, account_id }
    }
}
