//! The schemas that are derived from the types of answers, beside those that were written by hand before them.

#![allow(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What is told of a schema without its descriptions, and written in one way.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            nullable(fields.iter().filter_map(|(name, value)| part(name, value)).collect())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

fn part(name: &str, value: &Value) -> Option<(String, Value)> {
    let value = match (name, value) {
        ("description", Value::String(_)) => return None,
        ("required", Value::Array(names)) => {
            json!(names.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>())
        }
        _ => bare(value),
    };
    Some((name.to_owned(), value))
}

/// `anyOf` a type and null is the same as a type that may be null.
fn nullable(mut fields: Map<String, Value>) -> Value {
    let inner = match fields.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([inner, null]) if *null == json!({ "type": "null" }) => inner.as_object().cloned(),
        _ => None,
    };
    if let Some(mut inner) = inner.filter(|inner| inner.contains_key("type")) {
        let kind = inner["type"].take();
        inner["type"] = json!([kind, "null"]);
        fields = inner;
    }
    Value::Object(fields)
}

/// The places in which two schemas differ.
fn differences(place: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                differences(&format!("{place}/{name}"), &of(before), &of(now), found);
            }
        }
        _ if before != now => found.push(place.to_owned()),
        _ => {}
    }
}

#[test]
fn the_derived_schemas_say_what_was_written_by_hand_or_more() {
    let before: Value = serde_json::from_str(include_str!("schemas.json")).unwrap();
    let now = &openapi::document()["components"]["schemas"];
    let mut found = Vec::new();
    differences("", &bare(&before), &bare(now), &mut found);
    let provider = ["oneOf", "properties", "required", "type"];
    let provider = |of: &str| provider.map(|part| format!("/{of}/properties/provider/{part}"));
    let stricter = [
        // A whole number.
        "/Campaign/properties/ratePerHour/minimum",
        "/Campaign/properties/ratePerHour/type",
        "/Deleting/properties/status/type",
        // The key is always there.
        "/NewApiKey/required",
        // An error.
        "/Problem/properties/status/maximum",
        "/Problem/properties/status/minimum",
        // Never null.
        "/RejectedRow/properties/phone/type",
    ];
    // Each kind of provider has fields of its own.
    let providers = [provider("NewSession"), provider("Session")].concat();
    let expected: BTreeSet<String> = stricter.map(str::to_owned).into_iter().chain(providers).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}
