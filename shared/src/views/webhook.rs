//! What a provider is told of its webhook.

use serde::Serialize;

/// What was taken of a webhook.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct WebhookTakenView {
    /// How many notices it held.
    pub received: usize,
}
