//! The bodies of requests. Their limits are those that the parsers take from the same place.

use domain::limits::{
    BULK_RECIPIENTS_MAX, CAPTION_MAX_CHARS, DAILY_MAX_CEILING, FILE_NAME_MAX_CHARS, GAP_CEILING_MS,
    GAP_DEFAULT_MAX_MS, GAP_DEFAULT_MIN_MS, MEDIA_URL_MAX_CHARS, NAME_MAX_CHARS, TEXT_MAX_CHARS,
    WARM_UP_GROWTH_MAX_PERCENT, WARM_UP_MAX_DAYS,
};
use serde_json::{Map, Value, json};

/// All of them, by their names.
pub(crate) fn schemas() -> Map<String, Value> {
    let of_bulk = ["sessionId", "defaultMessage", "delayMin", "delayMax", "scheduledAt", "name"];
    let with = |own: &[(&str, Value)]| {
        let mut properties: Map<String, Value> =
            of_bulk.into_iter().filter_map(|name| Some((name.to_owned(), bulk_field(name)?))).collect();
        properties.extend(own.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
        properties
    };
    let recipients = json!({
        "type": "array", "minItems": 1, "maxItems": BULK_RECIPIENTS_MAX, "items": { "$ref": "#/components/schemas/Recipient" },
    });
    let file =
        json!({ "type": "string", "format": "binary", "description": "UTF-8; commas, semicolons or tabs." });
    let file_name = json!({ "type": "string", "minLength": 1, "maxLength": FILE_NAME_MAX_CHARS });
    let bulk = body(&["sessionId", "recipients"], &with(&[("recipients", recipients)]));
    let csv = body(&["sessionId", "file"], &with(&[("file", file)]));
    let upload = body(&["sessionId", "fileName"], &with(&[("fileName", file_name)]));
    let named = [
        ("SendRequest", send()),
        ("BulkRequest", bulk),
        ("Recipient", recipient()),
        ("CsvForm", csv),
        ("UploadRequest", upload),
        ("SessionRequest", body(&["name", "provider"], &session_fields())),
        ("SessionChange", body(&[], &session_fields())),
        ("Provider", domain::providers::request_schema()),
        ("ApiKeyRequest", body(&["name"], &fields(json!({ "name": name() })))),
        ("ProviderWebhook", json!({ "type": "object", "description": "In the provider's own form." })),
    ];
    named.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// A body with these fields and no others.
fn body(required: &[&str], properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

fn fields(properties: Value) -> Map<String, Value> {
    match properties {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn scheduled_at() -> Value {
    json!({
        "type": ["string", "null"], "format": "date-time",
        "description": "With a zone; up to 5 minutes in the past means now, up to 366 days ahead.",
        "examples": ["2026-12-24T17:00:00+01:00"],
    })
}

fn send() -> Value {
    let properties = json!({
        "sessionId": { "type": "string", "format": "uuid", "description": "One of your sessions." },
        "to": {
            "type": "string", "description": "7 to 15 digits with the country code; `+`, blanks, `-`, `(` and `)` are dropped.",
            "examples": ["+4915155501234"],
        },
        "type": { "type": ["string", "null"], "enum": ["text", "image", "file", "audio", "video", null], "default": "text" },
        "message": {
            "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS,
            "description": "The text; of an image, a file or a video its caption.", "examples": ["Hello"],
        },
        "mediaUrl": {
            "type": ["string", "null"], "format": "uri", "maxLength": MEDIA_URL_MAX_CHARS,
            "description": "`http` or `https`; needed for all types but `text`.",
        },
        "mediaCaption": { "type": ["string", "null"], "maxLength": CAPTION_MAX_CHARS },
        "scheduledAt": scheduled_at(),
        "priority": {
            "description": "1: a bot's reply. 5: normal. 10: behind everything else.",
            "enum": [1, 5, 10, "1", "5", "10", null], "default": 5,
        },
    });
    body(&["sessionId", "to"], &fields(properties))
}

fn bulk_field(name: &str) -> Option<Value> {
    let gap = |default: u32| {
        json!({
            "type": ["integer", "null"], "maximum": GAP_CEILING_MS, "default": default,
            "description": "Of the gaps between two messages, in milliseconds.",
        })
    };
    Some(match name {
        "sessionId" => json!({ "type": "string", "format": "uuid", "description": "One of your sessions." }),
        "defaultMessage" => json!({
            "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS, "examples": ["Hi {{name}}!"],
            "description": "For recipients that have no text of their own; `{{name}}` is replaced.",
        }),
        "delayMin" => gap(GAP_DEFAULT_MIN_MS),
        "delayMax" => gap(GAP_DEFAULT_MAX_MS),
        "scheduledAt" => scheduled_at(),
        "name" => json!({ "type": ["string", "null"], "maxLength": NAME_MAX_CHARS }),
        _ => return None,
    })
}

fn name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": NAME_MAX_CHARS })
}

fn session_fields() -> Map<String, Value> {
    let gap = json!({ "type": ["integer", "null"], "maximum": GAP_CEILING_MS });
    fields(json!({
        "name": { "type": ["string", "null"], "minLength": 1, "maxLength": NAME_MAX_CHARS },
        "provider": { "$ref": "#/components/schemas/Provider" },
        "pacing": {
            "type": ["object", "null"], "description": "Range of the gaps between two messages, in milliseconds.",
            "properties": { "minGapMs": gap, "maxGapMs": gap }, "additionalProperties": false,
        },
        "limits": sending_limits(),
    }))
}

/// What exceeds a limit waits; answers to contacts who wrote do not count among new contacts, and go out in quiet hours.
fn sending_limits() -> Value {
    let most = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": DAILY_MAX_CEILING });
    let clock = json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" });
    let warm_up = json!({
        "startPerDay": { "type": "integer", "minimum": 1, "maximum": DAILY_MAX_CEILING },
        "growthPercent": { "type": "integer", "minimum": 0, "maximum": WARM_UP_GROWTH_MAX_PERCENT },
        "days": { "type": "integer", "minimum": 1, "maximum": WARM_UP_MAX_DAYS },
    });
    let or_null = |mut schema: Value| {
        schema["type"] = json!(["object", "null"]);
        schema
    };
    let fields = fields(json!({
        "dailyMax": most,
        "newContactsDailyMax": most,
        "warmUp": or_null(body(&["startPerDay", "growthPercent", "days"], &fields(warm_up))),
        "quietHours": or_null(body(&["from", "to"], &fields(json!({ "from": clock, "to": clock })))),
        "timeZone": { "type": ["string", "null"], "default": "UTC", "examples": ["Europe/Berlin"] },
    }));
    or_null(body(&[], &fields))
}

/// What is wrong with one recipient rejects that recipient, so that its values are not bounded here.
fn recipient() -> Value {
    let properties = json!({
        "phone": { "type": "string", "description": "As `to` of a single message." },
        "message": { "type": ["string", "null"], "description": "Its own text; `{{name}}` is replaced." },
        "variables": {
            "type": ["object", "null"], "description": "By name.",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        },
    });
    body(&["phone"], &fields(properties))
}
