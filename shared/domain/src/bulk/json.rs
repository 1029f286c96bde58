//! Recipients in a JSON body.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::rejection::{Place, Rejection, RowCode};
use super::sieve::Recipient;
use super::text::{Variables, comparable};

/// The fields that a recipient may have.
pub const RECIPIENT_FIELDS: [&str; 3] = ["phone", "message", "variables"];

/// The variables of a recipient: an object of texts, numbers and truth values.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonVariables<'a>(Option<&'a Map<String, Value>>);

impl<'a> JsonVariables<'a> {
    /// Those of a recipient; none when there are none, or when they are no object.
    pub fn of(recipient: &'a Value) -> Self {
        Self(recipient.get("variables").and_then(Value::as_object))
    }
}

impl Variables for JsonVariables<'_> {
    /// The exact name goes first; then case, blanks and hyphens make no difference.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let variables = self.0?;
        let alike = || {
            let name = comparable(name);
            variables.iter().find(|(other, _)| comparable(other) == name).map(|(_, value)| value)
        };
        shown(variables.get(name).or_else(alike)?)
    }
}

/// A value as it stands in a text. `null` is no value.
fn shown(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(is_true) => Some(Cow::Owned(is_true.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a recipient.
///
/// # Errors
/// When it, or a part of it, has another JSON type than it must have.
pub fn recipient<'a>(
    index: u64,
    value: &'a Value,
    variables: &'a JsonVariables<'a>,
) -> Result<Recipient<'a>, Rejection> {
    let place = Place::Index(index);
    let shown_phone = value.get("phone").and_then(shown).unwrap_or_default();
    let wrong = |field: &'static str, detail: &str| {
        Err(Rejection::new(place, &shown_phone, field, RowCode::WrongType, detail.to_owned()))
    };
    if !value.is_object() {
        return wrong("", "a recipient must be an object with phone, and message or variables");
    }
    let text = |name: &str| match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(()),
    };
    let Ok(phone) = text("phone") else { return wrong("phone", "phone must be a text") };
    let Ok(message) = text("message") else { return wrong("message", "message must be a text") };
    match value.get("variables") {
        None | Some(Value::Null) => {}
        Some(Value::Object(variables)) => {
            if variables.values().any(|value| value.is_array() || value.is_object()) {
                return wrong("variables", "variables must be texts, numbers, true or false");
            }
        }
        Some(_) => return wrong("variables", "variables must be an object"),
    }
    Ok(Recipient { place, phone: phone.unwrap_or_default(), message, variables })
}

/// The schema of a recipient. What is wrong with one rejects that one alone, so that its values are not bounded here.
#[cfg(feature = "schema")]
pub fn recipient_schema() -> Value {
    let properties = serde_json::json!({
        "phone": { "type": "string", "description": "As `to` of a single message." },
        "message": { "type": ["string", "null"], "description": "Its own text; `{{name}}` is replaced." },
        "variables": {
            "type": ["object", "null"], "description": "By name.",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        },
    });
    crate::schema::body(&["phone"], &properties)
}
