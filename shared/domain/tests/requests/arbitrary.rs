//! Arbitrary JSON, and bodies that are nearly right.

use domain::request::SendRequest;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::SESSION;

pub(crate) const SEND_FIELDS: &[&str] = &[
    "sessionId",
    "to",
    "defaultCountry",
    "message",
    "type",
    "mediaUrl",
    "mediaCaption",
    "fileName",
    "mimeType",
    "linkPreview",
    "scheduledAt",
    "priority",
];

/// The body that asks for what a request asks for.
pub(crate) fn body_of(request: &SendRequest) -> Value {
    json!({
        "sessionId": request.session_id, "to": request.to, "message": request.content.text,
        "type": request.content.content_type, "mediaUrl": request.content.media_url,
        "mediaCaption": request.content.media_caption, "priority": request.priority,
        "fileName": request.content.file_name, "mimeType": request.content.mime_type,
        "linkPreview": request.content.link_preview,
        "scheduledAt": request.scheduled_at.map(|at| at.to_string()),
    })
}

pub(crate) const SESSION_FIELDS: &[&str] = &[
    "name",
    "provider",
    "pacing",
    "kind",
    "baseUrl",
    "apiKey",
    "session",
    "webhookSecret",
    "checkNumbers",
    "simulateTyping",
    "ownMessageIds",
    "minGapMs",
    "maxGapMs",
    "defaultCountry",
];

fn a_name(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = prop_oneof![".{0,8}", "[a-z/~#%]{0,6}"];
    prop_oneof![3 => proptest::sample::select(known).prop_map(str::to_owned), 1 => odd]
}

/// Texts that are near to what some field takes, and others.
fn a_text() -> impl Strategy<Value = String> {
    let near = vec![
        "",
        " ",
        "0",
        "1",
        "5",
        "10",
        "+5",
        "007",
        "text",
        "image",
        "audio",
        "video",
        "file",
        "sandbox",
        "waha",
        SESSION,
        "16505551234",
        "+1 (650) 555-1234",
        "https://example.com/a.png",
        "HTTP://x",
        "https://",
        "ftp://a",
        "http://:1",
        "2026-04-20T10:00:00Z",
        "2026-04-20T10:14:59.999Z",
        "2026-04-20T09:55:00Z",
        "2026-04-20T09:54:59.999Z",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "2026-04-20T10:00:00+23:59",
        "-1",
        "1e3",
        "\u{0}",
    ];
    let long =
        (prop_oneof![Just("x"), Just("ä"), Just("😀")], 1020_usize..4100).prop_map(|(c, n)| c.repeat(n));
    prop_oneof![4 => proptest::sample::select(near).prop_map(str::to_owned), 2 => ".{0,40}", 1 => long]
}

fn a_leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-2_i64..12).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        a_text().prop_map(Value::from),
    ]
}

pub(crate) fn any_json(known: &'static [&'static str]) -> impl Strategy<Value = Value> {
    a_leaf().prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((a_name(known), inner), 0..10)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

pub(crate) fn valid_sends() -> Vec<Value> {
    let media = |kind: &str| json!({ "sessionId": SESSION, "to": "16505551234", "type": kind, "mediaUrl": "https://example.com/a" });
    let text = json!({ "sessionId": SESSION, "to": "16505551234", "message": "hello", "priority": 1,
                       "scheduledAt": "2026-04-20T10:01:00Z" });
    vec![text, media("image"), media("file"), media("audio"), media("video")]
}

pub(crate) fn valid_sessions() -> Vec<Value> {
    let waha =
        json!({ "kind": "waha", "baseUrl": "https://waha.example", "apiKey": "key", "session": "default" });
    vec![
        json!({ "name": "shop", "provider": { "kind": "sandbox" }, "pacing": { "minGapMs": 5000, "maxGapMs": 9000 } }),
        json!({ "name": "shop", "provider": waha }),
    ]
}

/// Valid bodies with some of their fields, at any depth, replaced, added or removed.
pub(crate) fn mutated(valid: Vec<Value>, known: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let value = proptest::option::weighted(0.8, any_json(known));
    let change = (a_name(known), value, 0_usize..3);
    (proptest::sample::select(valid), proptest::collection::vec(change, 0..4)).prop_map(
        |(mut body, changes)| {
            for (name, value, place) in changes {
                change_field(object_at(&mut body, place), name, value);
            }
            body
        },
    )
}

/// The body itself, or one of the objects in it.
fn object_at(body: &mut Value, place: usize) -> &mut Map<String, Value> {
    let inside: Vec<String> = body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.is_object())
        .map(|(name, _)| name.clone())
        .collect();
    let target = match inside.get(place) {
        Some(name) => &mut body[name],
        None => body,
    };
    target.as_object_mut().expect("an object")
}

pub(crate) fn change_field(object: &mut Map<String, Value>, name: String, value: Option<Value>) {
    match value {
        Some(value) => drop(object.insert(name, value)),
        None => drop(object.remove(&name)),
    }
}

// --- What must hold ---
