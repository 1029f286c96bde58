//! What the Cloud API understands: `POST /{version}/{phone number id}/messages`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Named, require};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    messaging_product: String,
    recipient_type: String,
    to: String,
    #[serde(rename = "type")]
    kind: String,
    text: Option<Text>,
    image: Option<Media>,
    video: Option<Media>,
    audio: Option<Media>,
    document: Option<Media>,
    biz_opaque_callback_data: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    body: String,
    #[serde(rename = "preview_url")]
    _preview_url: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Media {
    link: String,
    caption: Option<String>,
    filename: Option<String>,
}

/// Whether the Cloud API has such a path.
pub(super) fn is_path(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["", version, number, "messages"]
        if version.starts_with('v') && number.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn named(path: &str, body: &Value) -> Named {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Named {
        session: path.split('/').nth(2).map(str::to_owned),
        chat_id: text(&body["to"]),
        text: text(&body["text"]["body"]),
    }
}

/// Why a body is not what it should be; none when it is.
pub(super) fn fault(body: &Value) -> Option<String> {
    Body::deserialize(body).map_err(|error| error.to_string()).and_then(|body| check(&body)).err()
}

fn check(body: &Body) -> Result<(), String> {
    let digits = body.to.strip_prefix('+').unwrap_or_default();
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    require(body.messaging_product == "whatsapp", "messaging_product must be whatsapp")?;
    require(body.recipient_type == "individual", "recipient_type must be individual")?;
    require(is_number, "to must be + and digits")?;
    let tag = &body.biz_opaque_callback_data;
    require((1..=512).contains(&tag.len()), "biz_opaque_callback_data must be there")?;
    let media = [
        ("image", &body.image),
        ("video", &body.video),
        ("audio", &body.audio),
        ("document", &body.document),
    ];
    let given = media.iter().filter(|(_, media)| media.is_some()).count() + usize::from(body.text.is_some());
    require(given == 1, "there must be one object")?;
    if let Some(text) = &body.text {
        require(body.kind == "text", "the object must be that of the type")?;
        return require(
            (1..=4096).contains(&text.body.chars().count()),
            "text.body must have 1 to 4096 characters",
        );
    }
    media.into_iter().filter_map(|(kind, media)| Some((kind, media.as_ref()?))).try_for_each(
        |(kind, media)| {
            require(body.kind == kind, "the object must be that of the type")?;
            check_media(kind, media)
        },
    )
}

fn check_media(kind: &str, media: &Media) -> Result<(), String> {
    let is_link = media.link.starts_with("http://") || media.link.starts_with("https://");
    require(is_link, "link must be a URL")?;
    require(kind != "audio" || media.caption.is_none(), "audio has no caption")?;
    require(kind == "document" || media.filename.is_none(), "only a document has a filename")?;
    let caption = media.caption.as_deref().unwrap_or_default();
    require(caption.chars().count() <= 1024, "caption must have at most 1024 characters")
}

/// The answer to a message that was taken. The number on WhatsApp may be another than the one that was asked for.
pub(super) fn accepted(to: &str, message_id: &str, status: Option<&str>) -> Value {
    let mut message = json!({ "id": message_id });
    if let Some(status) = status {
        message["message_status"] = status.into();
    }
    json!({
        "messaging_product": "whatsapp", "contacts": [{ "input": to, "wa_id": to.trim_start_matches('+') }],
        "messages": [message],
    })
}

/// An error.
pub(super) fn error(code: i64, details: &str, is_transient: Option<bool>) -> Value {
    let mut error = json!({
        "message": format!("(#{code}) An error"), "type": "OAuthException", "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": details }, "fbtrace_id": "Az8or2yhqkZfEZ",
    });
    if let Some(is_transient) = is_transient {
        error["is_transient"] = is_transient.into();
    }
    json!({ "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: &str, object: &Value) -> Value {
        json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": kind,
                kind: object, "biz_opaque_callback_data": "id" })
    }

    #[test]
    fn what_the_cloud_api_speaks_passes_and_nothing_else() {
        let (link, long) = ("https://a.example/b", "x".repeat(1025));
        for (kind, object, passes) in [
            ("text", json!({ "body": "hi", "preview_url": false }), true),
            ("text", json!({ "body": "", "preview_url": false }), false),
            ("image", json!({ "link": link, "caption": "c" }), true),
            ("image", json!({ "link": link, "caption": long }), false),
            ("image", json!({ "link": link, "filename": "a" }), false),
            ("image", json!({ "id": "1" }), false),
            ("video", json!({ "link": "a" }), false),
            ("audio", json!({ "link": link }), true),
            ("audio", json!({ "link": link, "caption": "c" }), false),
            ("document", json!({ "link": link, "filename": "a.pdf", "caption": "c" }), true),
            ("file", json!({ "link": link }), false),
        ] {
            assert_eq!(fault(&body(kind, &object)).is_none(), passes, "{kind} {object}");
        }
        let text = body("text", &json!({ "body": "hi", "preview_url": false }));
        for (field, value) in
            [("to", json!("16505551234")), ("more", json!(1)), ("biz_opaque_callback_data", Value::Null)]
        {
            let mut wrong = text.clone();
            wrong[field] = value;
            assert!(fault(&wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_path_names_version_and_number() {
        assert!(is_path("/v23.0/106540352242922/messages"));
        for path in ["/106540352242922/messages", "/v23.0/a/messages", "/v23.0/1", "/api/sendText"] {
            assert!(!is_path(path), "{path}");
        }
    }
}
