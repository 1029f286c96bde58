//! The `OpenAPI` document, made out of the endpoints' declarations and the schemas that these name.
//!
//! It is checked in next to the function that shows it, so that reviews show a change of the contract:
//! `cargo run -p document` writes it again, and a test compares it with the code.

mod operation;

use std::path::PathBuf;

use local_functions::FUNCTIONS;
use serde_json::{Map, Value, json};
use shared::http::Endpoint;
use shared::views::{ProblemView, generator};

/// The path that stands for all that there are not.
const DEFAULT_ROUTE: &str = "$default";

/// Where the document is kept.
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../functions/openapi/openapi.json")
}

/// The document as it is kept.
pub fn written() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// All endpoints, in the order in which they are shown.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    let all = FUNCTIONS.iter().flat_map(|function| function.endpoints);
    all.filter(|endpoint| endpoint.path != DEFAULT_ROUTE)
}

/// The document (`OpenAPI` 3.1).
pub fn document() -> Value {
    let mut generator = generator();
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.to_lowercase()] = operation::described(endpoint, &mut generator);
    }
    generator.subschema_for::<ProblemView>();
    let mut schemas = generator.take_definitions(true);
    schemas.extend(request_schemas());
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

/// The bodies of requests, and what they refer to.
fn request_schemas() -> Map<String, Value> {
    let bodies = endpoints().filter_map(|endpoint| {
        let body = endpoint.body?;
        Some((body.name.to_owned(), body.schema?()))
    });
    let parts = [
        ("Recipient".to_owned(), domain::bulk::json::recipient_schema()),
        ("Provider".to_owned(), domain::providers::request_schema()),
    ];
    bodies.chain(parts).collect()
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
