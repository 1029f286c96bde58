//! `POST /messages/send`.

use serde_json::Value;

use super::fields::{FieldCode, FieldError, Fields};
use crate::limits::{
    CAPTION_MAX_CHARS, MEDIA_URL_MAX_CHARS, SCHEDULE_AHEAD_MAX_MS, SCHEDULE_PAST_TOLERANCE_MS, TEXT_MAX_CHARS,
};
use crate::message::{Content, ContentType, Message, NewMessage, Retention};
use crate::values::ids::{AccountId, MessageId, SessionId};
use crate::values::phone::PhoneNumber;
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// A valid request to send one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// Through which session; whose it is remains to be checked.
    pub session_id: SessionId,
    /// To whom.
    pub to: PhoneNumber,
    /// What.
    pub content: Content,
    /// How urgent.
    pub priority: Priority,
    /// When, if not now.
    pub scheduled_at: Option<Timestamp>,
}

impl SendRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let session_id = fields.required_text("sessionId");
        let session_id = fields.parsed("sessionId", session_id, |text| {
            text.parse::<SessionId>().map_err(|_| "must be the UUID of one of your sessions")
        });
        let to = fields.required_text("to");
        let to = fields.parsed("to", to, PhoneNumber::parse);
        let content = content(&mut fields);
        let priority = priority(&mut fields);
        let scheduled_at = scheduled_at(&mut fields, now);
        fields.finish()?;
        // Each part that is missing was noted above; this is never reached without them.
        match (session_id, to, content) {
            (Some(session_id), Some(to), Some(content)) => {
                Ok(Self { session_id, to, content, priority, scheduled_at })
            }
            _ => Err(vec![FieldError::body(FieldCode::Required, "the body is incomplete")]),
        }
    }

    /// The message that it asks for, accepted at `created_at`.
    pub fn message(
        self,
        account_id: AccountId,
        message_id: MessageId,
        created_at: Timestamp,
        retention: Retention,
    ) -> Message {
        let Self { session_id, to, content, priority, scheduled_at } = self;
        Message::queued(NewMessage {
            session_id,
            message_id,
            account_id,
            to,
            content,
            priority,
            scheduled_at,
            created_at,
            retention,
        })
    }
}

fn content(fields: &mut Fields<'_>) -> Option<Content> {
    let content_type = content_type(fields);
    let text = bounded_text(fields, "message", TEXT_MAX_CHARS);
    let media_caption = bounded_text(fields, "mediaCaption", CAPTION_MAX_CHARS);
    let media_url = fields.optional_text("mediaUrl");
    let media_url = fields.parsed("mediaUrl", media_url, media_url_form);
    let content_type = content_type?;
    let content = Content { content_type, text, media_url, media_caption };
    match content_type {
        ContentType::Text => check_text(fields, &content),
        ContentType::Audio => check_audio(fields),
        ContentType::Image | ContentType::File | ContentType::Video => check_media(fields, &content),
    }
    Some(content)
}

fn content_type(fields: &mut Fields<'_>) -> Option<ContentType> {
    let Some(value) = fields.optional("type") else { return Some(ContentType::Text) };
    let found = ContentType::ALL.into_iter().find(|kind| value.as_str() == Some(kind.name()));
    if found.is_none() {
        let code = if value.is_string() { FieldCode::OutOfRange } else { FieldCode::WrongType };
        fields.note("type", code, "must be one of text, image, file, audio, video");
    }
    found
}

pub(super) fn bounded_text(fields: &mut Fields<'_>, name: &'static str, max_chars: usize) -> Option<String> {
    let text = fields.optional_text(name)?;
    if text.is_empty() {
        fields.note(name, FieldCode::TooShort, "must not be empty");
    } else if text.chars().count() > max_chars {
        fields.note(name, FieldCode::TooLong, &format!("must have at most {max_chars} characters"));
    }
    Some(text.to_owned())
}

fn media_url_form(text: &str) -> Result<String, String> {
    if text.chars().count() > MEDIA_URL_MAX_CHARS {
        return Err(format!("must have at most {MEDIA_URL_MAX_CHARS} characters"));
    }
    let rest = text.split_once("://").and_then(|(scheme, rest)| {
        (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(rest)
    });
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']));
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if has_host && clean { Ok(text.to_owned()) } else { Err("must be an http or https URL".to_owned()) }
}

fn check_text(fields: &mut Fields<'_>, content: &Content) {
    if fields.optional("message").is_none() {
        fields.note("message", FieldCode::Required, "is missing: a text message needs its text");
    }
    let no_media = "does not go with type text; set type to image, file, audio or video";
    if content.media_url.is_some() {
        fields.note("mediaUrl", FieldCode::NotAllowed, no_media);
    }
    if content.media_caption.is_some() {
        fields.note("mediaCaption", FieldCode::NotAllowed, no_media);
    }
}

fn check_audio(fields: &mut Fields<'_>) {
    require_media_url(fields);
    for name in ["message", "mediaCaption"] {
        if fields.optional(name).is_some() {
            fields.note(name, FieldCode::NotAllowed, "does not go with type audio, which has no caption");
        }
    }
}

fn check_media(fields: &mut Fields<'_>, content: &Content) {
    require_media_url(fields);
    let message_is_caption = content.media_caption.is_none();
    let chars = content.text.as_ref().map_or(0, |text| text.chars().count());
    if message_is_caption && (CAPTION_MAX_CHARS + 1..=TEXT_MAX_CHARS).contains(&chars) {
        let detail =
            format!("serves as the caption here and must have at most {CAPTION_MAX_CHARS} characters");
        fields.note("message", FieldCode::TooLong, &detail);
    }
}

fn require_media_url(fields: &mut Fields<'_>) {
    if fields.optional("mediaUrl").is_none() {
        fields.note("mediaUrl", FieldCode::Required, "is missing: all types but text need it");
    }
}

fn priority(fields: &mut Fields<'_>) -> Priority {
    let Some(value) = fields.optional("priority") else { return Priority::Normal };
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => {
            fields.note("priority", FieldCode::WrongType, "must be 1 (bot reply), 5 (normal) or 10 (bulk)");
            return Priority::Normal;
        }
    };
    let priority = number.and_then(|n| u8::try_from(n).ok()).and_then(|n| Priority::try_from(n).ok());
    priority.unwrap_or_else(|| {
        fields.note("priority", FieldCode::OutOfRange, "must be 1 (bot reply), 5 (normal) or 10 (bulk)");
        Priority::Normal
    })
}

pub(super) fn scheduled_at(fields: &mut Fields<'_>, now: Timestamp) -> Option<Timestamp> {
    let text = fields.optional_text("scheduledAt");
    let at = fields.parsed("scheduledAt", text, |text| {
        Timestamp::parse_rfc3339(text)
            .map_err(|_| "must be a date and time of RFC 3339 with its zone, such as 2026-04-20T10:00:00Z")
    })?;
    if let Some(detail) = out_of_range(at, now) {
        fields.note("scheduledAt", FieldCode::OutOfRange, &detail);
    }
    Some(at)
}

/// What is wrong with a time that nothing can be scheduled for. It names both limits.
fn out_of_range(at: Timestamp, now: Timestamp) -> Option<String> {
    let side = match at.millis_since(now) {
        ahead if ahead < -SCHEDULE_PAST_TOLERANCE_MS => "in the past",
        ahead if ahead > SCHEDULE_AHEAD_MAX_MS => "ahead",
        _ => return None,
    };
    let (minutes, days) = (SCHEDULE_PAST_TOLERANCE_MS / 60_000, SCHEDULE_AHEAD_MAX_MS / 86_400_000);
    Some(format!(
        "lies too far {side}: at most {minutes} minutes in the past, which means now, and {days} days ahead"
    ))
}

#[cfg(feature = "schema")]
impl SendRequest {
    /// The schema of the body.
    pub fn schema() -> Value {
        let mut types: Vec<Value> = ContentType::ALL.map(|it| it.name().into()).to_vec();
        types.push(Value::Null);
        let properties = serde_json::json!({
            "sessionId": { "type": "string", "format": "uuid", "description": "One of your sessions." },
            "to": {
                "type": "string", "description": "7 to 15 digits with the country code; `+`, blanks, `-`, `(` and `)` are dropped.",
                "examples": ["+4915155501234"],
            },
            "type": { "type": ["string", "null"], "enum": types, "default": "text" },
            "message": {
                "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS,
                "description": "The text; of an image, a file or a video its caption.", "examples": ["Hello"],
            },
            "mediaUrl": {
                "type": ["string", "null"], "format": "uri", "maxLength": MEDIA_URL_MAX_CHARS,
                "description": "`http` or `https`; needed for all types but `text`.",
            },
            "mediaCaption": { "type": ["string", "null"], "maxLength": CAPTION_MAX_CHARS },
            "scheduledAt": scheduled_at_schema(),
            "priority": {
                "description": "1: a bot's reply. 5: normal. 10: behind everything else.",
                "enum": [1, 5, 10, "1", "5", "10", null], "default": 5,
            },
        });
        crate::schema::body(&["sessionId", "to"], &properties)
    }
}

#[cfg(feature = "schema")]
pub(super) fn scheduled_at_schema() -> Value {
    serde_json::json!({
        "type": ["string", "null"], "format": "date-time",
        "description": "With a zone; up to 5 minutes in the past means now, up to 366 days ahead.",
        "examples": ["2026-12-24T17:00:00+01:00"],
    })
}
