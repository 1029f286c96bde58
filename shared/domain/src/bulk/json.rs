//! Recipients in a JSON body.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::{Map, Value};

pub use body::parse_body;

use super::rejection::{Place, Rejection, RowCode};
use super::sieve::Recipient;
use super::text::{Name, Variables, comparable};
use crate::values::phone::NotAPhoneNumber;

mod body;

/// The fields that a recipient may have.
pub const RECIPIENT_FIELDS: [&str; 3] = ["phone", "message", "variables"];

/// The variables of a recipient: an object of texts, numbers and truth values.
#[derive(Clone, Debug, Default)]
pub struct JsonVariables<'a> {
    given: Option<&'a Map<String, Value>>,
    /// By the form in which names are compared; made when the first name is not there as it is written.
    alike: OnceCell<HashMap<String, &'a Value>>,
}

impl<'a> JsonVariables<'a> {
    /// Those of a recipient; none when there are none, or when they are no object.
    pub fn of(recipient: &'a Value) -> Self {
        let given = recipient.get("variables").and_then(Value::as_object);
        Self { given, alike: OnceCell::new() }
    }

    /// Of several names that are alike the first counts.
    fn alike(&self, given: &'a Map<String, Value>, name: &Name<'_>) -> Option<&'a Value> {
        let alike = self
            .alike
            .get_or_init(|| given.iter().rev().map(|(name, value)| (comparable(name), value)).collect());
        alike.get(&name.comparable).copied()
    }
}

impl Variables for JsonVariables<'_> {
    /// The exact name goes first; then case, blanks and hyphens make no difference.
    fn value(&self, name: &Name<'_>) -> Option<Cow<'_, str>> {
        let given = self.given?;
        shown(given.get(name.written).or_else(|| self.alike(given, name))?)
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
    let message = match value.get("message") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.as_str()),
        Some(_) => return wrong("message", "message must be a text"),
    };
    let phone = match value.get("phone") {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return wrong("phone", "phone must be a text");
        }
        Some(Value::Number(number)) if number.is_f64() => {
            let detail = format!("phone {}", NotAPhoneNumber::Calculated);
            return Err(Rejection::new(place, &shown_phone, "phone", RowCode::InvalidFormat, detail));
        }
        Some(_) => shown_phone.clone(),
    };
    match value.get("variables") {
        None | Some(Value::Null) => {}
        Some(Value::Object(variables)) => {
            if variables.values().any(|value| value.is_array() || value.is_object()) {
                return wrong("variables", "variables must be texts, numbers, true or false");
            }
        }
        Some(Value::String(text)) if text.is_empty() => {}
        Some(_) => return wrong("variables", "variables must be an object"),
    }
    Ok(Recipient { place, phone, message, variables })
}

/// The schema of a recipient. What is wrong with one rejects that one alone, so that its values are not bounded here.
#[cfg(feature = "schema")]
pub fn recipient_schema() -> Value {
    let properties = serde_json::json!({
        "phone": { "type": ["string", "integer"], "description": "As `to` of a single message." },
        "message": { "type": ["string", "null"], "description": "Its own text; `{{name}}` is replaced." },
        "variables": {
            "type": ["object", "null"], "description": "By name. A number is inserted as it is written.",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        },
    });
    crate::schema::body(&["phone"], &properties)
}
