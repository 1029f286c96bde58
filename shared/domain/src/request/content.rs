//! What a message says: the fields that make up its content.

use serde_json::Value;

use super::fields::{FieldCode, Fields};
use crate::limits::{
    CAPTION_MAX_CHARS, MEDIA_NAME_MAX_CHARS, MEDIA_URL_MAX_CHARS, MIME_TYPE_MAX_CHARS, TEXT_MAX_CHARS,
};
use crate::message::{Content, ContentType};
use crate::values::letters::{has_visible, shown};

/// A part of a request that counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// JSON pointer (RFC 6901) to the field.
    pub pointer: &'static str,
    /// Why it does not count, as a sentence.
    pub detail: &'static str,
}

impl Warning {
    /// The code of all of them.
    pub const CODE: &'static str = "ignored";
}

/// The media fields that a text may bear in vain.
const BESIDE_TEXT: [(&str, Warning); 2] = [
    (
        "mediaUrl",
        Warning { pointer: "/mediaUrl", detail: "mediaUrl is ignored, since the message is of type text" },
    ),
    (
        "mediaCaption",
        Warning {
            pointer: "/mediaCaption",
            detail: "mediaCaption is ignored, since the message is of type text",
        },
    ),
];

pub(super) fn content(fields: &mut Fields<'_>, warnings: &mut Vec<Warning>) -> Option<Content> {
    let content_type = content_type(fields);
    let text = bounded_text(fields, "message", TEXT_MAX_CHARS);
    if content_type == Some(ContentType::Text) {
        return text_content(fields, warnings, text);
    }
    let media_caption = bounded_text(fields, "mediaCaption", CAPTION_MAX_CHARS);
    let media_url = fields.optional_text("mediaUrl");
    let media_url = fields.parsed("mediaUrl", media_url, media_url_form);
    let file_name = fields.optional_text("fileName");
    let file_name = fields.parsed("fileName", file_name, file_name_form);
    let mime_type = fields.optional_text("mimeType");
    let mime_type = fields.parsed("mimeType", mime_type, mime_type_form);
    let content_type = content_type?;
    refuse(fields, "linkPreview", "goes with type text alone");
    let content =
        Content { text, media_url, media_caption, file_name, mime_type, ..Content::empty(content_type) };
    require_media_url(fields);
    if content_type == ContentType::Audio {
        check_audio(fields, &content);
    } else {
        check_caption(fields, &content);
    }
    Some(content)
}

fn text_content(
    fields: &mut Fields<'_>,
    warnings: &mut Vec<Warning>,
    text: Option<String>,
) -> Option<Content> {
    let link_preview = fields.optional_bool("linkPreview");
    for name in ["fileName", "mimeType"] {
        refuse(fields, name, "does not go with type text; set type to image, file, audio or video");
    }
    let ignored = BESIDE_TEXT.into_iter().filter(|(name, _)| fields.optional(name).is_some());
    let ignored: Vec<Warning> = ignored.map(|(_, warning)| warning).collect();
    // Whoever wants to send a medium and says no type would not want its text alone to go out.
    if fields.optional("type").is_none() && fields.optional("mediaUrl").is_some() {
        let detail = "is missing: with mediaUrl it must be image, file, audio or video";
        fields.note("type", FieldCode::Required, detail);
        return None;
    }
    warnings.extend(ignored);
    match fields.optional("message") {
        None => fields.note("message", FieldCode::Required, "is missing: a text message needs its text"),
        Some(Value::String(_)) if text.is_none() => {
            fields.note("message", FieldCode::Required, "has nothing in it that can be seen");
        }
        Some(_) => {}
    }
    Some(Content { text, link_preview, ..Content::empty(ContentType::Text) })
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

/// A text that may be absent; one that nothing can be seen of is.
pub(super) fn bounded_text(fields: &mut Fields<'_>, name: &'static str, max_chars: usize) -> Option<String> {
    let text = fields.optional_text(name)?;
    if text.chars().count() > max_chars {
        fields.note(name, FieldCode::TooLong, &format!("must have at most {max_chars} characters"));
    }
    has_visible(text).then(|| text.to_owned())
}

fn media_url_form(text: &str) -> Result<String, String> {
    if text.chars().count() > MEDIA_URL_MAX_CHARS {
        return Err(format!("must have at most {MEDIA_URL_MAX_CHARS} characters"));
    }
    let rest = text.split_once("://").and_then(|(scheme, rest)| {
        (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(rest)
    });
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']));
    if !has_host {
        return Err("must be an http or https URL".to_owned());
    }
    if let Some(letter) = text.chars().find(|letter| letter.is_whitespace() || letter.is_control()) {
        let escape = if letter == ' ' { "; write a blank as %20" } else { "" };
        return Err(format!("holds the character {}, which no URL may{escape}", shown(letter)));
    }
    match broken_escape(text) {
        Some(at) => Err(format!(
            "holds the character % at place {}, without two hexadecimal digits behind it; write it as %25",
            at + 1
        )),
        None => Ok(text.to_owned()),
    }
}

/// Which character of a URL is a `%` that escapes nothing.
fn broken_escape(url: &str) -> Option<usize> {
    let letters: Vec<char> = url.chars().collect();
    let is_hex = |at: usize| letters.get(at).is_some_and(char::is_ascii_hexdigit);
    (0..letters.len()).find(|at| letters[*at] == '%' && !(is_hex(at + 1) && is_hex(at + 2)))
}

fn file_name_form(text: &str) -> Result<String, String> {
    let is_name = (1..=MEDIA_NAME_MAX_CHARS).contains(&text.chars().count())
        && has_visible(text)
        && !text.contains(|letter: char| letter.is_control() || matches!(letter, '/' | '\\'));
    is_name.then(|| text.to_owned()).ok_or_else(|| {
        format!("must be a file's name: 1 to {MEDIA_NAME_MAX_CHARS} characters on one line, without / and \\")
    })
}

/// `type/subtype`, and parameters behind it: RFC 9110, 8.3.1.
fn mime_type_form(text: &str) -> Result<String, String> {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_type = essence.trim().split_once('/').is_some_and(|(kind, of)| is_token(kind) && is_token(of));
    let is_visible = parameters.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_type && is_visible && text.len() <= MIME_TYPE_MAX_CHARS {
        return Ok(text.trim().to_owned());
    }
    Err(format!("must be a type such as application/pdf, in at most {MIME_TYPE_MAX_CHARS} characters"))
}

fn refuse(fields: &mut Fields<'_>, name: &'static str, detail: &str) {
    if fields.optional(name).is_some() {
        fields.note(name, FieldCode::NotAllowed, detail);
    }
}

fn check_audio(fields: &mut Fields<'_>, content: &Content) {
    for (name, text) in [("message", &content.text), ("mediaCaption", &content.media_caption)] {
        if text.is_some() {
            fields.note(name, FieldCode::NotAllowed, "does not go with type audio, which has no caption");
        }
    }
}

fn check_caption(fields: &mut Fields<'_>, content: &Content) {
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

/// The schemas of the fields, by their names.
#[cfg(feature = "schema")]
pub(super) fn schemas() -> serde_json::Map<String, Value> {
    let mut types: Vec<Value> = ContentType::ALL.map(|it| it.name().into()).to_vec();
    types.extend([Value::Null, "".into()]);
    let schemas = serde_json::json!({
        "type": { "type": ["string", "null"], "enum": types, "default": "text" },
        "message": {
            "type": ["string", "null"], "maxLength": TEXT_MAX_CHARS,
            "description": "The text; of an image, a file or a video its caption.", "examples": ["Hello"],
        },
        "mediaUrl": {
            "type": ["string", "null"], "format": "uri", "maxLength": MEDIA_URL_MAX_CHARS,
            "description": "`http` or `https`; needed for all types but `text`, with which it is ignored.",
        },
        "mediaCaption": { "type": ["string", "null"], "maxLength": CAPTION_MAX_CHARS },
        "fileName": {
            "type": ["string", "null"], "maxLength": MEDIA_NAME_MAX_CHARS,
            "description": "The name of the media's file; else taken from `mediaUrl`.", "examples": ["Offer.pdf"],
        },
        "mimeType": {
            "type": ["string", "null"], "maxLength": MIME_TYPE_MAX_CHARS,
            "description": "The type of the media; else taken from `mediaUrl`.", "examples": ["application/pdf"],
        },
        "linkPreview": {
            "type": ["boolean", "null"], "default": true,
            "description": "Whether a link in a text is shown with a preview.",
        },
    });
    match schemas {
        Value::Object(schemas) => schemas,
        _ => serde_json::Map::new(),
    }
}
