//! The plans of a stack.

use serde::Serialize;
use serde_json::{Map, Value};

/// The plans that are offered.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Plans"))]
pub struct PlansView<'a> {
    /// The plans, as configured.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Plan>"))]
    pub data: &'a [Map<String, Value>],
}

/// A plan. What it has besides is up to the configuration.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(inline, extend("additionalProperties" = true))]
#[expect(dead_code, reason = "plans are shown as they are configured; this is their schema alone")]
struct Plan {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}
