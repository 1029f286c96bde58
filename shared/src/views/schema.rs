//! How the schemas of answers are made.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

/// What makes the schemas of the contract: as answers are written, and named in its components.
pub fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.with_transform(RecursiveTransform(without_width)).into_generator()
}

/// How wide a number is here says nothing to a caller.
fn without_width(schema: &mut Schema) {
    let is_number = |format: &str| ["uint", "int", "double"].iter().any(|width| format.starts_with(width));
    if schema.get("format").and_then(Value::as_str).is_some_and(is_number) {
        schema.remove("format");
    }
}
