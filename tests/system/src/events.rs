//! The events of `events/`, and what its README says of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A row of the README's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The file.
    pub file: String,
    /// The function it is for, by the name of its folder.
    pub function: String,
    /// What the function answers, at least.
    pub expected: Value,
}

/// Where the events are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The rows of the README's table.
pub fn documented() -> Vec<Event> {
    let readme = fs::read_to_string(folder().join("README.md")).expect("a README");
    readme.lines().filter_map(row).collect()
}

/// The files that there are.
pub fn files() -> BTreeSet<String> {
    let paths = fs::read_dir(folder()).expect("a folder").flatten().map(|entry| entry.path());
    let events = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    events.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect()
}

/// The text of an event, with what its `{{…}}` stand for. A name with a dot is that of a field inside of another.
pub fn filled(event: &Event, about: &Value) -> Value {
    let text = fs::read_to_string(folder().join(&event.file)).expect("a file");
    let filled = text.split("{{").enumerate().map(|(index, part)| match index {
        0 => part.to_owned(),
        _ => fill(part, about),
    });
    let filled: String = filled.collect();
    serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{}: {error}", event.file))
}

fn fill(part: &str, about: &Value) -> String {
    let (name, rest) = part.split_once("}}").expect("an end of what is to be filled in");
    let value = about.pointer(&format!("/{}", name.replace('.', "/"))).and_then(Value::as_str);
    format!("{}{rest}", value.unwrap_or_else(|| panic!("nothing to fill in for {name}")))
}

/// Any text, in the README.
const ANY_TEXT: &str = "…";

/// Whether a value holds at least what is expected: objects may have more fields, and a text may be JSON itself.
pub fn holds(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::String(text), Value::String(wanted)) if wanted == ANY_TEXT => !text.is_empty(),
        (Value::String(text), Value::Object(_)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|inner| holds(&inner, expected))
        }
        (Value::Object(fields), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| fields.get(name).is_some_and(|value| holds(value, wanted)))
        }
        (Value::Array(items), Value::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(item, wanted)| holds(item, wanted))
        }
        _ => value == expected,
    }
}

/// `| file | function | what | expected |`, the first two and the last in backticks.
fn row(line: &str) -> Option<Event> {
    let cells: Vec<&str> =
        line.trim().strip_prefix('|')?.strip_suffix('|')?.split(" | ").map(str::trim).collect();
    let [file, function, _what, expected] = cells.as_slice() else { return None };
    let code = |cell: &str| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let expected = code(expected)?;
    let expected = serde_json::from_str(&expected).unwrap_or_else(|error| panic!("{line}: {error}"));
    Some(Event { file: code(file)?, function: code(function)?, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_read() {
        let line = "| `a.json` | `wake` | something | `{\"a\": 1}` |";
        let event =
            Event { file: "a.json".to_owned(), function: "wake".to_owned(), expected: json!({ "a": 1 }) };
        assert_eq!(row(line), Some(event));
        assert_eq!(row("| file | function | what it shows | answer |"), None);
        assert_eq!(row("|---|---|---|---|"), None);
    }

    #[test]
    fn an_answer_may_say_more_but_not_something_else() {
        let answer = json!({ "statusCode": 400, "body": "{\"code\":\"a\",\"errors\":[{\"pointer\":\"/x\",\"more\":1}]}" });
        assert!(holds(&answer, &json!({ "body": { "errors": [{ "pointer": "/x" }] } })));
        assert!(holds(&answer, &json!({ "body": { "code": "…" } })));
        for wrong in [
            json!({ "statusCode": 401 }),
            json!({ "body": { "code": "b" } }),
            json!({ "statusCode": "…" }),
            json!({ "body": { "errors": [] } }),
            json!({ "body": { "errors": [{ "pointer": "/y" }] } }),
            json!({ "isBase64Encoded": false }),
        ] {
            assert!(!holds(&answer, &wrong), "{wrong}");
        }
    }

    #[test]
    fn placeholders_are_filled() {
        let about = json!({ "apiKey": "k", "other": { "apiKey": "o" } });
        assert_eq!(fill("apiKey}}\"", &about), "k\"");
        assert_eq!(fill("other.apiKey}}", &about), "o");
    }
}
