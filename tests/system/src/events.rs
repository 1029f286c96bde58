//! The events of `events/`: a full one for each function, and what differs in its variants, which are rows of
//! `variants.json`.

use std::collections::BTreeSet;
use std::fs;
use std::iter::once;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// An event, and what is expected of its function.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The function, by the name of its folder.
    pub function: String,
    /// What it shows.
    pub name: String,
    /// What the function gets, with `{{…}}` for what differs from stack to stack.
    pub event: Value,
    /// What the function answers, at least.
    pub expected: Value,
}

/// A row of `variants.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    function: String,
    name: String,
    #[serde(default)]
    change: Map<String, Value>,
    #[serde(default)]
    records: Vec<Value>,
    expected: Value,
}

/// All events, function by function: the full one, and then its variants.
pub fn all() -> Vec<Event> {
    let variants = variants();
    let with_variants = |full: Event| {
        let own = variants.iter().filter(|variant| variant.function == full.function);
        let own: Vec<Event> = own.map(|variant| expanded(variant, &full.event)).collect();
        once(full).chain(own)
    };
    documented().into_iter().flat_map(with_variants).collect()
}

/// The functions that have a row in the README's table, as often as they have one.
pub fn documented_functions() -> Vec<String> {
    documented().into_iter().map(|event| event.function).collect()
}

/// The functions of the rows of `variants.json`, row by row.
pub fn varied_functions() -> Vec<String> {
    variants().into_iter().map(|variant| variant.function).collect()
}

/// The functions that have a file with a full event.
pub fn functions_with_a_file() -> BTreeSet<String> {
    let files = names(&root().join("events"));
    let functions = files.iter().filter_map(|file| file.strip_suffix(".json"));
    functions.filter(|name| *name != "variants").map(str::to_owned).collect()
}

/// All functions, by their folders.
pub fn functions() -> BTreeSet<String> {
    names(&root().join("functions"))
}

/// An event with what its `{{…}}` stand for. A name with a dot is that of a field inside of another.
pub fn filled(event: &Event, about: &Value) -> Value {
    let text = event.event.to_string();
    let filled = text.split("{{").enumerate().map(|(index, part)| match index {
        0 => part.to_owned(),
        _ => fill(part, about),
    });
    let filled: String = filled.collect();
    serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{}: {error}", event.name))
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join("events").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn variants() -> Vec<Variant> {
    serde_json::from_str(&read("variants.json")).unwrap_or_else(|error| panic!("variants.json: {error}"))
}

/// The full events: the rows of the README's table, each with its file.
fn documented() -> Vec<Event> {
    read("README.md").lines().filter_map(row).map(with_its_file).collect()
}

fn with_its_file(row: Event) -> Event {
    let file = format!("{}.json", row.function);
    let event = serde_json::from_str(&read(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    Event { event, ..row }
}

/// `| function | what it shows | expected |`, the first and the last in backticks.
fn row(line: &str) -> Option<Event> {
    let cells: Vec<&str> =
        line.trim().strip_prefix('|')?.strip_suffix('|')?.split(" | ").map(str::trim).collect();
    let [function, name, expected] = cells.as_slice() else { return None };
    let code = |cell: &str| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let expected = code(expected)?;
    let expected = serde_json::from_str(&expected).unwrap_or_else(|error| panic!("{line}: {error}"));
    Some(Event { function: code(function)?, name: (*name).to_owned(), event: Value::Null, expected })
}

/// A variant of a full event. Its batch has the records that the row lists; each is the full event's last one with changes.
fn expanded(variant: &Variant, full: &Value) -> Event {
    let mut event = merged(full, &Value::Object(variant.change.clone()));
    if !variant.records.is_empty() {
        let last = full["Records"].as_array().and_then(|records| records.last()).expect("a batch");
        event["Records"] = variant.records.iter().map(|changes| merged(last, changes)).collect();
    }
    let Variant { function, name, expected, .. } = variant.clone();
    Event { function, name, event, expected }
}

/// A value after a merge patch (RFC 7396): objects are merged, `null` takes a field away, all else replaces what was there.
fn merged(value: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut fields = value.as_object().cloned().unwrap_or_default();
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            let before = fields.get(name).unwrap_or(&Value::Null);
            fields.insert(name.clone(), merged(before, change));
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_read() {
        let event = Event {
            function: "wake".to_owned(),
            name: "something".to_owned(),
            event: Value::Null,
            expected: json!({ "a": 1 }),
        };
        assert_eq!(row("| `wake` | something | `{\"a\": 1}` |"), Some(event));
        assert_eq!(row("| function | what it shows | answer |"), None);
        assert_eq!(row("|---|---|---|"), None);
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merge_patches_do_what_the_standard_says() {
        for (value, patch, result) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (
                json!({ "a": { "b": "c" } }),
                json!({ "a": { "b": "d", "c": null } }),
                json!({ "a": { "b": "d" } }),
            ),
            (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
            (json!({ "a": "foo" }), json!(null), json!(null)),
            (json!({ "a": "foo" }), json!("bar"), json!("bar")),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
        ] {
            assert_eq!(merged(&value, &patch), result, "{value} and {patch}");
        }
    }

    fn variant(row: Value, full: &Value) -> Event {
        expanded(&serde_json::from_value(row).unwrap(), full)
    }

    #[test]
    fn a_variant_is_the_full_event_with_its_changes() {
        let full = json!({ "headers": { "x-api-key": "k", "host": "h" }, "body": "b" });
        let row = json!({
            "function": "wake", "name": "nobody", "change": { "headers": { "x-api-key": null } }, "expected": 1,
        });
        let event = json!({ "headers": { "host": "h" }, "body": "b" });
        let (function, name) = ("wake".to_owned(), "nobody".to_owned());
        assert_eq!(variant(row, &full), Event { function, name, event, expected: json!(1) });
    }

    #[test]
    fn each_record_of_a_variant_is_the_last_one_with_its_changes() {
        let full = json!({ "Records": [{ "id": 1, "body": "a" }, { "id": 2, "body": "b" }] });
        let records = json!([{}, { "id": 3, "body": null }]);
        let row = json!({ "function": "wake", "name": "two", "records": records, "expected": null });
        let event = json!({ "Records": [{ "id": 2, "body": "b" }, { "id": 3 }] });
        assert_eq!(variant(row, &full).event, event);
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
