//! Checks every accepted request and every answer against the contract that the API publishes.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::api::Answer;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract { document: closed(&document::document()), validators: Mutex::default() });

struct Contract {
    document: Value,
    /// The validators, by the pointer to their schema.
    validators: Mutex<HashMap<String, Validator>>,
}

/// Checks an answer, and the request that was accepted by it, of a path that may have a query.
///
/// # Panics
/// When it is not as the contract says.
pub(crate) fn check(method: &Method, path: &str, body: &[u8], answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let Some((pointer, operation)) = CONTRACT.operation(method, path) else {
        assert!(answer.status >= 400, "the contract has no {method} {path}");
        return;
    };
    // API Gateway takes some texts for paths of their own.
    if answer.code() == "route_not_found" && answer.status == 404 {
        return;
    }
    let (status, media_type) = (answer.status.to_string(), answer.header("content-type"));
    let response = &operation["responses"][&status];
    assert!(response.is_object(), "the contract has no {status} for {method} {path}: {answer:?}");
    let media_type = media_type.split(';').next().unwrap_or_default();
    if media_type.ends_with("json") && answer.bytes > 0 {
        let place = format!("{pointer}/responses/{status}/content/{}/schema", escaped(media_type));
        CONTRACT.validate(&place, &answer.body, &format!("the answer to {method} {path}"));
    }
    let takes_json = operation["requestBody"]["content"]["application/json"].is_object();
    // A campaign goes on without recipients that are not as they must be.
    let is_whole = answer.body["rejectedTotal"].as_u64().unwrap_or(0) == 0;
    if let Ok(sent) = serde_json::from_slice(body)
        && takes_json
        && is_whole
        && answer.status < 300
    {
        let place = format!("{pointer}/requestBody/content/application~1json/schema");
        CONTRACT.validate(&place, &sent, &format!("what {method} {path} has accepted"));
    }
}

impl Contract {
    /// The operation of a path, with the pointer to it. A path without parameters goes first.
    fn operation(&self, method: &Method, path: &str) -> Option<(String, &Value)> {
        let paths = self.document["paths"].as_object()?;
        let mut fitting: Vec<&String> = paths.keys().filter(|template| fits(template, path)).collect();
        fitting.sort_by_key(|template| template.matches('{').count());
        let (template, method) = (fitting.first()?, method.as_str().to_lowercase());
        let operation = paths.get(*template)?.get(&method)?;
        Some((format!("#/paths/{}/{method}", escaped(template)), operation))
    }

    fn validate(&self, place: &str, value: &Value, what: &str) {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(place.to_owned()).or_insert_with(|| {
            let mut schema = self.document.clone();
            schema["$ref"] = json!(place);
            jsonschema::draft202012::new(&schema).expect("a schema")
        });
        let wrong: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        drop(validators);
        assert_eq!(wrong, Vec::<String>::new(), "{what} is not as the contract says: {value}");
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
}

/// A name as part of a JSON pointer in a fragment (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D")
}

/// The same, in which no object has fields that are not named: callers must accept new fields, and we must describe them.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            let objects = [json!("object"), json!(["object", "null"])];
            let is_object = fields.get("type").is_some_and(|it| objects.contains(it));
            if is_object && fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}
