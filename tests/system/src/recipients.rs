//! The table of recipients in CSV and JSON: `tests/recipients.json`.
//!
//! Two tests read it: that of the whole system uploads every case, that of the domain (whose crate includes this file)
//! prepares it. An upload is `csv` or `json`. A CSV file is a text, or a list of parts; of those and of texts in JSON,
//!
//! | in the table | stands for |
//! |---|---|
//! | `"…"` | this text |
//! | `{"repeat": ["x", 5000000]}` | this many times this text |
//! | `{"bytes": [255, 254]}` | these bytes (CSV only) |
//!
//! The report is `accepted` (each as phone and text), `rejected` (each as place, phone, code, detail) or `error`; `skipped`
//! says how many rows of a file were empty, `columns` what its columns are (that of the phone number, those of variables),
//! where that is looked at. `defaultCountry` and `encoding` are fields of the request.

use serde_json::Value;

/// What is uploaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Upload {
    /// A file.
    Csv(Vec<u8>),
    /// The list `recipients` of a body.
    Json(Vec<Value>),
}

/// What is reported about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Phone and text of those that are sent to.
    pub accepted: Vec<(String, String)>,
    /// Index or line, phone, code and detail of those that are not.
    pub rejected: Vec<(u64, String, String, String)>,
    /// Why nothing can be taken from it: `line` or `pointer`, and `code`.
    pub error: Option<Value>,
    /// How many rows of a file were empty.
    pub skipped: u32,
    /// The column of the phone number, and those of variables.
    pub columns: Option<(String, Vec<String>)>,
}

/// An upload and its report.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// The text of those that have none.
    pub default_message: Option<String>,
    /// The country of numbers that begin with 0.
    pub default_country: Option<String>,
    /// What a file is said to be encoded in.
    pub encoding: Option<String>,
    /// What is uploaded.
    pub upload: Upload,
    /// What is reported about it.
    pub report: Report,
}

/// All cases of the table.
///
/// # Panics
/// When the table is not as described above.
pub fn cases() -> Vec<Case> {
    let table: Value =
        serde_json::from_str(include_str!("../tests/recipients.json")).expect("a table in JSON");
    table.as_array().expect("a list").iter().map(case).collect()
}

fn case(row: &Value) -> Case {
    let name = text(&row["name"]);
    let known = [
        "name",
        "defaultMessage",
        "defaultCountry",
        "encoding",
        "csv",
        "json",
        "accepted",
        "rejected",
        "error",
        "skipped",
        "columns",
    ];
    for field in row.as_object().expect("a case is an object").keys() {
        assert!(known.contains(&field.as_str()), "{name}: {field} means nothing");
    }
    let upload = match (&row["csv"], &row["json"]) {
        (Value::Null, Value::Array(list)) => Upload::Json(list.iter().map(filled).collect()),
        (csv, Value::Null) => Upload::Csv(bytes(csv)),
        _ => panic!("{name}: either csv or json"),
    };
    let field = |name: &str| row[name].as_str().map(str::to_owned);
    Case {
        name,
        default_message: field("defaultMessage"),
        default_country: field("defaultCountry"),
        encoding: field("encoding"),
        upload,
        report: report(row),
    }
}

impl Case {
    /// A file without a report.
    pub fn csv(bytes: &[u8], default_message: Option<&str>) -> Self {
        Self {
            name: String::new(),
            default_message: default_message.map(str::to_owned),
            default_country: None,
            encoding: None,
            upload: Upload::Csv(bytes.to_vec()),
            report: Report::default(),
        }
    }
}

fn report(row: &Value) -> Report {
    let list = |name: &str| row[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let accepted = list("accepted").iter().map(|row| (text(&row[0]), text(&row[1])));
    let rejected = list("rejected")
        .iter()
        .map(|row| (row[0].as_u64().expect("a place"), text(&row[1]), text(&row[2]), text(&row[3])));
    let error = row.get("error").cloned();
    let skipped = row["skipped"].as_u64().unwrap_or_default().try_into().expect("a count");
    let columns = row["columns"].as_array().map(|columns| {
        (text(&columns[0]), columns[1].as_array().expect("a list").iter().map(text).collect())
    });
    Report { accepted: accepted.collect(), rejected: rejected.collect(), error, skipped, columns }
}

/// A text, with its repetitions written out.
fn text(value: &Value) -> String {
    String::from_utf8(bytes(value)).expect("a text")
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Array(parts) => parts.iter().flat_map(bytes).collect(),
        Value::Object(part) if part.contains_key("bytes") => {
            let list = part["bytes"].as_array().expect("a list of bytes");
            list.iter()
                .map(|byte| byte.as_u64().and_then(|byte| byte.try_into().ok()).expect("a byte"))
                .collect()
        }
        Value::Object(part) => {
            let count = part["repeat"][1].as_u64().and_then(|count| count.try_into().ok()).expect("a count");
            part["repeat"][0].as_str().expect("a text").repeat(count).into_bytes()
        }
        _ => panic!("{value} is no text"),
    }
}

/// A value of a body, with its repetitions written out.
fn filled(value: &Value) -> Value {
    match value {
        Value::Object(part) if part.contains_key("repeat") => Value::String(text(value)),
        Value::Object(part) => part.iter().map(|(name, value)| (name.clone(), filled(value))).collect(),
        other => other.clone(),
    }
}
