//! The `OpenAPI` document, from the operations and the schemas.

use serde_json::{Map, Value, json};
use shared::http::ErrorCode;

use crate::operation::{Access, Answer, Operation, Parameter};
use crate::{answers, operations, requests};

/// The document (`OpenAPI` 3.1).
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in operations::all() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(&operation);
    }
    let mut schemas = answers::schemas();
    schemas.extend(requests::schemas());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Paceline",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Sends WhatsApp messages: at once or at a time, one by one or to a list.",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        // Where this document is: right on AWS, on the local stack and behind a domain of one's own.
        "servers": [{ "url": "." }],
        "security": [{ "apiKey": [] }, { "token": [] }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": security_schemes() },
    })
}

const INTRODUCTION: &str = "Every call that sends answers at once with a `jobId`; the sending happens behind it: one \
    message at a time for each session, with gaps of random length between them, bot replies first and campaigns last. \
    Refusals are problem documents (RFC 9457) whose `code` is stable.";

fn security_schemes() -> Value {
    json!({
        "apiKey": {
            "type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "`gapi_<4>_<28>`; made under `/api-keys`.",
        },
        "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "From a login, `/auth/google`.",
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": operation.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses(operation),
    });
    match operation.access {
        Access::KeyOrToken => {}
        Access::TokenOnly => described["security"] = json!([{ "token": [] }]),
        Access::Public => described["security"] = json!([]),
    }
    if !operation.detail.is_empty() {
        described["description"] = json!(operation.detail);
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { body.media_type: { "schema": reference(body.schema) } },
        });
    }
    described
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    })
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for Answer { status, description, content } in &operation.answers {
        let mut answer = json!({ "description": description });
        if let Some((media_type, schema)) = content {
            answer["content"] = json!({ *media_type: { "schema": schema } });
        }
        responses.insert(status.to_string(), answer);
    }
    let mut statuses: Vec<u16> = operation.refusals().iter().map(|code| code.status().as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let refusals = operation.refusals();
        let codes = refusals.iter().filter(|code| code.status().as_u16() == status);
        responses.insert(status.to_string(), refusal(codes));
    }
    Value::Object(responses)
}

/// What is answered for these reasons, which have one status.
fn refusal<'a>(codes: impl Iterator<Item = &'a ErrorCode> + Clone) -> Value {
    let list: Vec<String> =
        codes.clone().map(|code| format!("`{}`: {}.", code.name(), code.title())).collect();
    let names: Vec<&str> = codes.map(|code| code.name()).collect();
    json!({
        "description": list.join(" "),
        "content": { "application/problem+json": { "schema": {
            "allOf": [reference("Problem")],
            "properties": { "code": { "enum": names } },
        } } },
    })
}

/// A reference to a schema.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
