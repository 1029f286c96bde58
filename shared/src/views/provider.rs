//! What is shown of a session's provider.

use serde::Serialize;
use serde_json::Value;

/// How a session reaches WhatsApp, without secrets: the fields of its kind, which the domain's table of each provider names.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct ProviderView(pub Value);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ProviderView {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProviderView".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::try_from(domain::providers::answer_schema()).unwrap_or_default()
    }
}
