//! One method of one path.

use domain::limits::IDEMPOTENCY_KEY_MAX_CHARS;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use shared::http::{Access, BodyKind, Endpoint, ErrorCode};

/// The description of an endpoint.
pub(crate) fn described(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": parameters(endpoint),
        "responses": responses(endpoint, generator),
    });
    match endpoint.access {
        Access::KeyOrToken => {}
        Access::TokenOnly => described["security"] = json!([{ "token": [] }]),
        Access::Public => described["security"] = json!([]),
    }
    if !endpoint.detail.is_empty() {
        described["description"] = json!(endpoint.detail);
    }
    if let Some(body) = &endpoint.body {
        let media_type = match body.kind {
            BodyKind::Json | BodyKind::JsonList | BodyKind::Raw => "application/json",
            BodyKind::Form => "multipart/form-data",
        };
        described["requestBody"] = json!({
            "required": true,
            "content": { media_type: { "schema": reference(body.name) } },
        });
    }
    described
}

/// The parameters in the path, the query and the headers.
fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let in_path = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter(name, "path", &path_description(endpoint, name), &text));
    let query = endpoint.query.map(|parameters| parameters()).unwrap_or_default();
    let query = query.iter().map(|it| parameter(it.name, "query", it.description, &it.schema));
    let key = endpoint.idempotent.then(|| {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX_CHARS });
        let description = "A request that is sent again with the same key within 24 hours is answered the same, and does \
            nothing twice.";
        parameter("Idempotency-Key", "header", description, &schema)
    });
    in_path.chain(query).chain(key).collect()
}

fn parameter(name: &str, place: &str, description: &str, schema: &Value) -> Value {
    json!({
        "name": name, "in": place, "required": place == "path", "description": description, "schema": schema,
    })
}

/// What stands at a place of the path.
fn path_description(endpoint: &Endpoint, name: &str) -> String {
    match name {
        "provider" => format!("`{}`.", shared::providers::webhook_kinds().join("` or `")),
        "sessionId" => "The session's id.".to_owned(),
        _ => {
            let kind = endpoint.path.trim_start_matches('/').split('/').next().unwrap_or_default();
            format!("The {}'s id.", kind.trim_end_matches('s').replace("api-key", "key"))
        }
    }
}

fn responses(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for answer in endpoint.answers {
        let mut described = json!({ "description": answer.description });
        if let Some(media_type) = answer.media_type {
            let schema =
                answer.schema.map_or_else(|| json!({ "type": "string" }), |of| of(generator).to_value());
            described["content"] = json!({ media_type: { "schema": schema } });
        }
        responses.insert(answer.status.to_string(), described);
    }
    let refusals = refusals(endpoint);
    let mut statuses: Vec<u16> = refusals.iter().map(|code| code.status().as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let codes = refusals.iter().filter(|code| code.status().as_u16() == status);
        responses.insert(status.to_string(), refusal(codes));
    }
    Value::Object(responses)
}

/// Why a request may be refused: the endpoint's own reasons, and those that follow from the rest of its declaration.
fn refusals(endpoint: &Endpoint) -> Vec<ErrorCode> {
    use ErrorCode::{
        BodyTooLarge, CredentialsInvalid, CredentialsMissing, IdempotencyInProgress, IdempotencyKeyReused,
        Internal, JwtRequired, MalformedJson, MalformedMultipart, RateLimited, Unavailable,
        UnsupportedMediaType, ValidationFailed,
    };
    let body: &[ErrorCode] = match endpoint.body.map(|body| body.kind) {
        None => &[],
        Some(BodyKind::Form) => &[MalformedMultipart, ValidationFailed, BodyTooLarge, UnsupportedMediaType],
        Some(_) => &[MalformedJson, ValidationFailed, BodyTooLarge, UnsupportedMediaType],
    };
    let query: &[ErrorCode] = if endpoint.query.is_some() { &[ValidationFailed] } else { &[] };
    let again: &[ErrorCode] =
        if endpoint.idempotent { &[IdempotencyKeyReused, IdempotencyInProgress] } else { &[] };
    let credentials: &[ErrorCode] = match endpoint.access {
        Access::Public => &[],
        Access::KeyOrToken => &[CredentialsMissing, CredentialsInvalid],
        Access::TokenOnly => &[CredentialsMissing, CredentialsInvalid, JwtRequired],
    };
    let limited: &[ErrorCode] = if endpoint.limit.is_some() { &[RateLimited] } else { &[] };
    let mut all: Vec<ErrorCode> = Vec::new();
    for code in
        [endpoint.refusals, body, query, again, credentials, limited, &[Internal, Unavailable]].concat()
    {
        if !all.contains(&code) {
            all.push(code);
        }
    }
    all
}

/// The answer for these error codes, which all have the same status.
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
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
