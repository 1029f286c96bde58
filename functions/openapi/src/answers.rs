//! What answers hold.

use domain::campaign::CampaignStatus;
use domain::values::status::Status;
use serde_json::{Map, Value, json};
use shared::http::ErrorCode;

use crate::document::reference;

/// All schemas of answers, by their names.
pub(crate) fn schemas() -> Map<String, Value> {
    let named = [
        ("Accepted", accepted()),
        ("Message", message()),
        ("Messages", list("Message")),
        ("CampaignAccepted", campaign_accepted()),
        ("RejectedRow", rejected_row()),
        ("Upload", upload()),
        ("Campaign", campaign()),
        ("Campaigns", list("Campaign")),
        ("Statistics", statistics()),
        ("Conversation", conversation()),
        ("Conversations", list("Conversation")),
        ("Session", session(&[])),
        ("NewSession", session(&[("webhookSecret", text())])),
        ("Sessions", list("Session")),
        ("Deleting", deleting()),
        ("ApiKey", api_key(&[])),
        ("NewApiKey", api_key(&[("key", text())])),
        ("ApiKeys", list("ApiKey")),
        ("Token", token()),
        ("Plans", plans()),
        ("Pagination", pagination()),
        ("Problem", problem()),
    ];
    named.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// An object whose fields are always there.
pub(crate) fn object(properties: &Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(crate) fn maybe_text() -> Value {
    json!({ "type": ["string", "null"] })
}

pub(crate) fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

pub(crate) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(crate) fn maybe_time() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

pub(crate) fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// Something, or null.
pub(crate) fn maybe(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

pub(crate) fn list(of: &str) -> Value {
    object(&json!({
        "data": { "type": "array", "items": reference(of) },
        "pagination": reference("Pagination"),
    }))
}

fn status() -> Value {
    json!({ "type": "string", "enum": Status::ALL.map(Status::name) })
}

fn priority() -> Value {
    json!({ "type": "integer", "enum": [1, 5, 10] })
}

fn direction() -> Value {
    json!({ "type": "string", "enum": ["outbound", "inbound"] })
}

fn accepted() -> Value {
    object(&json!({
        "jobId": id(), "status": status(), "priority": priority(), "scheduledAt": maybe_time(), "createdAt": time(),
    }))
}

fn message() -> Value {
    let inbound = object(&json!({
        "senderId": maybe_text(), "contactName": maybe_text(), "replyTo": maybe_text(), "mediaId": maybe_text(),
        "mimeType": maybe_text(), "fileName": maybe_text(), "details": maybe_text(),
    }));
    object(&json!({
        "id": id(),
        "sessionId": id(),
        "campaignId": maybe(&id()),
        "direction": direction(),
        "to": maybe_text(),
        "from": maybe_text(),
        "type": text(),
        "message": maybe_text(),
        "mediaUrl": maybe_text(),
        "mediaCaption": maybe_text(),
        "priority": priority(),
        "status": status(),
        "attempts": number(),
        "error": maybe(&object(&json!({ "code": text(), "detail": text() }))),
        "providerMessageId": maybe_text(),
        "waiting": maybe(&object(&json!({ "reason": text(), "until": maybe_time() }))),
        "scheduledAt": maybe_time(),
        "createdAt": time(),
        "queuedAt": maybe_time(),
        "sendingAt": maybe_time(),
        "sentAt": maybe_time(),
        "deliveredAt": maybe_time(),
        "readAt": maybe_time(),
        "failedAt": maybe_time(),
        "receivedAt": maybe_time(),
        "cancelledAt": maybe_time(),
        "inbound": maybe(&inbound),
    }))
}

fn campaign_accepted() -> Value {
    object(&json!({
        "jobId": id(), "campaignId": id(), "status": campaign_status(), "accepted": number(), "rejectedTotal": number(),
        "rejected": { "type": "array", "items": reference("RejectedRow") },
        "rejectedUrl": maybe_text(),
    }))
}

fn rejected_row() -> Value {
    json!({
        "type": "object",
        "description": "`index` of a list from 0, or `line` of a file from 1.",
        "required": ["phone", "code", "detail"],
        "properties": {
            "index": number(), "line": number(), "phone": maybe_text(), "code": text(), "detail": text(),
        },
    })
}

fn upload() -> Value {
    let headers = json!({ "type": "object", "additionalProperties": text() });
    object(&json!({
        "campaignId": id(),
        "upload": object(&json!({ "url": text(), "method": text(), "headers": headers, "expiresAt": time() })),
    }))
}

fn campaign_status() -> Value {
    json!({ "type": "string", "enum": CampaignStatus::ALL.map(CampaignStatus::name) })
}

fn campaign() -> Value {
    object(&json!({
        "id": id(),
        "name": maybe_text(),
        "sessionId": id(),
        "status": campaign_status(),
        "pausedReason": maybe_text(),
        "counts": object(&json!({
            "total": number(), "rejected": number(), "queued": number(), "sending": number(), "sent": number(),
            "delivered": number(), "read": number(), "failed": number(), "cancelled": number(),
        })),
        "ratePerHour": { "type": "number" },
        "estimatedEnd": maybe_time(),
        "delayMin": number(),
        "delayMax": number(),
        "scheduledAt": maybe_time(),
        "createdAt": time(),
        "finishedAt": maybe_time(),
    }))
}

fn statistics() -> Value {
    let counts: Map<String, Value> =
        Status::ALL.iter().map(|status| (status.name().to_owned(), number())).collect();
    let mut part = counts.clone();
    part.insert("start".to_owned(), time());
    let rate = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    object(&json!({
        "period": { "type": "string", "enum": ["24h", "7d", "30d"] },
        "from": time(),
        "to": time(),
        "totals": object(&Value::Object(counts)),
        "deliveryRate": rate,
        "readRate": rate,
        "series": { "type": "array", "items": object(&Value::Object(part)) },
    }))
}

fn conversation() -> Value {
    object(&json!({
        "phone": maybe_text(),
        "sessionId": id(),
        "name": maybe_text(),
        "lastMessage": object(&json!({
            "id": id(), "type": text(), "text": maybe_text(), "direction": direction(), "status": status(), "at": time(),
        })),
        "counts": object(&json!({ "outbound": number(), "inbound": number() })),
    }))
}

/// The same, with these fields besides, which may be missing.
fn with_optional(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, schema) in fields {
        object["properties"][*name] = schema.clone();
    }
    object
}

fn session(besides: &[(&str, Value)]) -> Value {
    let health = object(&json!({
        "status": { "type": "string", "enum": ["ready", "held"] },
        "reason": maybe_text(), "detail": maybe_text(), "until": maybe_time(),
    }));
    let session = object(&json!({
        "id": id(),
        "name": text(),
        "provider": domain::providers::answer_schema(),
        "pacing": object(&json!({ "minGapMs": number(), "maxGapMs": number() })),
        "limits": maybe(&limits()),
        "health": health,
        "webhookUrl": maybe_text(),
        "createdAt": time(),
    }));
    with_optional(session, besides)
}

fn limits() -> Value {
    let warm_up = object(&json!({ "startPerDay": number(), "growthPercent": number(), "days": number() }));
    let quiet_hours = object(&json!({ "from": text(), "to": text() }));
    let fields = [
        ("dailyMax", number()),
        ("newContactsDailyMax", number()),
        ("warmUp", warm_up),
        ("quietHours", quiet_hours),
    ];
    with_optional(object(&json!({ "timeZone": text() })), &fields)
}

fn deleting() -> Value {
    object(&json!({ "id": id(), "status": { "const": "deleting" }, "waitingMessages": number() }))
}

fn api_key(besides: &[(&str, Value)]) -> Value {
    let key = object(&json!({
        "id": id(), "name": text(), "prefix": text(), "createdAt": time(), "lastUsedAt": maybe_time(),
    }));
    with_optional(key, besides)
}

fn token() -> Value {
    object(&json!({ "token": text(), "tokenType": text(), "expiresAt": time(), "accountId": id() }))
}

fn plans() -> Value {
    let plan = json!({ "type": "object", "required": ["id", "name"], "properties": { "id": text(), "name": text() },
        "additionalProperties": true });
    object(&json!({ "data": { "type": "array", "items": plan } }))
}

fn pagination() -> Value {
    let count = json!({ "type": "integer", "minimum": 1 });
    object(&json!({
        "page": maybe(&count), "limit": count, "hasMore": flag(), "nextCursor": maybe_text(),
    }))
}

/// RFC 9457.
fn problem() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    let error = json!({
        "type": "object",
        "description": "`pointer` into the body (RFC 6901), or `line` of a file.",
        "required": ["code", "detail"],
        "properties": { "pointer": text(), "line": number(), "code": text(), "detail": text() },
    });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(),
            "code": { "type": "string", "enum": codes },
            "errors": { "type": "array", "items": error },
        },
    })
}
