//! JSON schemas: what the schemas of requests have in common. The schemas themselves are next to their parsers.

#[cfg(feature = "schema")]
#[doc(hidden)]
pub use schemars;
use serde_json::Value;
#[cfg(feature = "schema")]
use serde_json::json;

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does, for callers.
    pub description: &'static str,
    /// The schema of its value.
    pub schema: Value,
}

impl Parameter {
    /// A parameter that is text.
    pub fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: serde_json::json!({ "type": "string" }) }
    }
}

/// A body with these fields and no others.
#[cfg(feature = "schema")]
pub(crate) fn body(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

/// The same object, or null.
#[cfg(feature = "schema")]
pub(crate) fn or_null(mut object: Value) -> Value {
    object["type"] = json!(["object", "null"]);
    object
}

/// A UUID.
#[cfg(feature = "schema")]
pub(crate) fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// A name that an owner gives to something.
#[cfg(feature = "schema")]
pub(crate) fn name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": crate::limits::NAME_MAX_CHARS })
}
