//! The table of bodies of `POST /messages/send`: `tests/send_bodies.json`.
//!
//! Two tests read it: that of the whole system sends every body, that of the parser (in the domain's own crate, which
//! includes this file) reads those that are JSON. What stands for something else:
//!
//! | in the table | stands for |
//! |---|---|
//! | `"change": {…}`, `"without": […]` | the body is the table's `base` with these fields set, and without those |
//! | `"body": …` | the body is this |
//! | `"raw": "…"`, `"bytes": […]` | the body is this text, these bytes; it need not be JSON |
//! | `{"$repeat": ["ä", 4097]}` | this many times this text |
//! | `{"$inSeconds": -240}` | the time this many seconds from now, in RFC 3339 |
//! | `{"$secondsIn": 60}`, `{"$millisecondsIn": 60}` | the time this many seconds from now, as a number of seconds or milliseconds since 1970 |
//! | `{{sessionId}}` and the like, inside of a text | what the test puts there |

use domain::values::time::Timestamp;
use serde_json::{Map, Value};

/// What stands for `{{name}}`: names and values.
pub type Fillings<'a> = &'a [(&'a str, &'a str)];

/// One body, and the expected answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// The body of the request.
    pub body: Body,
    /// The header `content-type`; `None` leaves it out.
    pub content_type: Option<String>,
    /// The expected HTTP status.
    pub status: u16,
    /// The expected `code`, when it is refused.
    pub code: Option<String>,
    /// The expected `errors`, each as pointer and code, sorted.
    pub errors: Vec<(String, String)>,
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

/// The cases of a section of the table (`wrong` or `right`).
///
/// # Panics
/// When the table is not as described above.
pub fn cases(section: &str, now: Timestamp, fillings: Fillings<'_>) -> Vec<Case> {
    let table: Value =
        serde_json::from_str(include_str!("../tests/send_bodies.json")).expect("a table in JSON");
    let rows = table[section].as_array().expect("a section of the table");
    rows.iter().map(|row| case(row, &table["base"], now, fillings)).collect()
}

fn case(row: &Value, base: &Value, now: Timestamp, fillings: Fillings<'_>) -> Case {
    let name = row["name"].as_str().expect("a case has a name").to_owned();
    let known =
        ["name", "change", "without", "body", "raw", "bytes", "contentType", "status", "code", "errors"];
    for field in row.as_object().expect("a case is an object").keys() {
        assert!(known.contains(&field.as_str()), "{name}: {field} means nothing");
    }
    let content_type = row.get("contentType").map_or(Some("application/json"), Value::as_str);
    let status =
        row.get("status").map_or(Some(400), Value::as_u64).and_then(|status| u16::try_from(status).ok());
    Case {
        body: body(row, base, now, fillings),
        content_type: content_type.map(str::to_owned),
        status: status.expect("a status is a number"),
        code: row["code"].as_str().map(str::to_owned).or_else(|| default_code(row)),
        errors: errors(row),
        name,
    }
}

/// Cases that list errors are refused for them.
fn default_code(row: &Value) -> Option<String> {
    row.get("errors").map(|_| "validation_failed".to_owned())
}

fn errors(row: &Value) -> Vec<(String, String)> {
    let listed = row["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut errors: Vec<_> =
        listed.iter().map(|error| pointer_and_code(error.as_str().expect("a text"))).collect();
    errors.sort();
    errors
}

fn pointer_and_code(text: &str) -> (String, String) {
    let (pointer, code) = text.rsplit_once(' ').expect("a pointer and a code");
    (pointer.to_owned(), code.to_owned())
}

fn body(row: &Value, base: &Value, now: Timestamp, fillings: Fillings<'_>) -> Body {
    if let Some(bytes) = row["bytes"].as_array() {
        return Body::Raw(bytes.iter().map(byte).collect());
    }
    if let Some(raw) = row.get("raw") {
        let text = filled(raw, now, fillings);
        return Body::Raw(text.as_str().expect("a text").as_bytes().to_vec());
    }
    if let Some(body) = row.get("body") {
        return Body::Json(filled(body, now, fillings));
    }
    let mut fields = base.as_object().expect("the base is an object").clone();
    fields.extend(row["change"].as_object().cloned().unwrap_or_default());
    for name in row["without"].as_array().map(Vec::as_slice).unwrap_or_default() {
        fields.remove(name.as_str().expect("a name"));
    }
    Body::Json(filled(&Value::Object(fields), now, fillings))
}

fn byte(value: &Value) -> u8 {
    value.as_u64().and_then(|byte| u8::try_from(byte).ok()).expect("a byte")
}

/// A value with all that stands for something else replaced.
///
/// # Panics
/// When a `{{name}}` has no filling.
pub fn filled(value: &Value, now: Timestamp, fillings: Fillings<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(filled_text(text, fillings)),
        Value::Array(items) => items.iter().map(|item| filled(item, now, fillings)).collect(),
        Value::Object(object) => {
            standing_for(object, now).unwrap_or_else(|| filled_object(object, now, fillings))
        }
        other => other.clone(),
    }
}

fn filled_object(object: &Map<String, Value>, now: Timestamp, fillings: Fillings<'_>) -> Value {
    object.iter().map(|(name, value)| (name.clone(), filled(value, now, fillings))).collect()
}

fn filled_text(text: &str, fillings: Fillings<'_>) -> String {
    let filled = fillings
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value));
    assert!(!filled.contains("{{"), "nothing to fill in: {filled}");
    filled
}

fn standing_for(object: &Map<String, Value>, now: Timestamp) -> Option<Value> {
    if let Some(seconds) = object.get("$inSeconds") {
        let millis = seconds.as_i64().expect("seconds") * 1000;
        return Some(Value::String(now.plus_millis(millis).to_string()));
    }
    for (name, unit_ms) in [("$secondsIn", 1000), ("$millisecondsIn", 1)] {
        if let Some(seconds) = object.get(name) {
            let time = now.plus_millis(seconds.as_i64().expect("seconds") * 1000);
            return Some(Value::from(time.as_millis() / unit_ms));
        }
    }
    let repeat = object.get("$repeat")?;
    let times = repeat[1].as_u64().and_then(|times| usize::try_from(times).ok()).expect("a number");
    Some(Value::String(repeat[0].as_str().expect("a text").repeat(times)))
}
