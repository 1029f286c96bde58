//! What WAHA is asked: one path and body for each type of message.

use std::borrow::Cow;

use domain::message::report::own_core_id;
use domain::message::{ContentType, Message, MessageError};
use serde::Serialize;

use crate::providers::error_code::INVALID_MESSAGE;
use crate::providers::media;

/// A send, apart from the server it goes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Send {
    /// The path below the server's address.
    pub(super) path: &'static str,
    /// The JSON body.
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    session: &'a str,
    chat_id: &'a str,
    /// The message's id, where we may choose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// WAHA shows previews unless it is told not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_preview: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    /// Lets WAHA convert what WhatsApp would not play.
    #[serde(skip_serializing_if = "Option::is_none")]
    convert: Option<bool>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    mimetype: Cow<'a, str>,
    filename: Cow<'a, str>,
    url: &'a str,
}

/// The chat with a contact, as WAHA names it.
pub(super) fn chat_id(message: &Message) -> String {
    match message.to.number() {
        Some(number) => format!("{}@c.us", number.digits()),
        None => message.to.to_string(),
    }
}

/// What sends a message to a chat through WAHA's session of that name; under an id of ours, if `own_id` says so.
pub(super) fn build(
    session: &str,
    chat_id: &str,
    own_id: bool,
    message: &Message,
) -> Result<Send, MessageError> {
    let id = own_id.then(|| own_core_id(message.message_id));
    let base = Body {
        session,
        chat_id,
        id,
        text: None,
        link_preview: None,
        file: None,
        caption: None,
        convert: None,
    };
    let body =
        serde_json::to_vec(&filled(base, message)?).map_err(|_| incomplete("cannot be written as JSON"))?;
    Ok(Send { path: path(message.content.content_type), body })
}

const fn path(content_type: ContentType) -> &'static str {
    match content_type {
        ContentType::Text => "/api/sendText",
        ContentType::Image => "/api/sendImage",
        ContentType::File => "/api/sendFile",
        ContentType::Audio => "/api/sendVoice",
        ContentType::Video => "/api/sendVideo",
    }
}

fn filled<'a>(base: Body<'a>, message: &'a Message) -> Result<Body<'a>, MessageError> {
    let content = &message.content;
    Ok(match content.content_type {
        ContentType::Text => {
            let link_preview = (!content.has_link_preview()).then_some(false);
            Body { text: Some(text(message)?), link_preview, ..base }
        }
        ContentType::Image | ContentType::File => {
            Body { file: Some(file(message)?), caption: content.caption(), ..base }
        }
        ContentType::Audio => Body { file: Some(file(message)?), convert: Some(true), ..base },
        ContentType::Video => {
            Body { file: Some(file(message)?), caption: content.caption(), convert: Some(true), ..base }
        }
    })
}

fn text(message: &Message) -> Result<&str, MessageError> {
    message.content.text.as_deref().ok_or_else(|| incomplete("has no text"))
}

fn file(message: &Message) -> Result<File<'_>, MessageError> {
    let url = message.content.media_url.as_deref().ok_or_else(|| incomplete("has no media URL"))?;
    let (mimetype, filename) =
        (media::mimetype(&message.content, url), media::filename(&message.content, url));
    Ok(File { mimetype, filename, url })
}

fn incomplete(what: &str) -> MessageError {
    MessageError::new(INVALID_MESSAGE, &format!("The message {what}, so it cannot be sent."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::sample;

    fn call(content_type: ContentType, url: Option<&str>, caption: Option<&str>) -> (&'static str, Value) {
        let mut message = sample::message("16505551234");
        message.content.content_type = content_type;
        message.content.text = (content_type == ContentType::Text).then(|| "hello \u{1F44B}".to_owned());
        message.content.media_url = url.map(str::to_owned);
        message.content.media_caption = caption.map(str::to_owned);
        let call = build("default", &chat_id(&message), false, &message).unwrap();
        (call.path, serde_json::from_slice(&call.body).unwrap())
    }

    #[test]
    fn a_text() {
        let body = json!({ "session": "default", "chatId": "16505551234@c.us", "text": "hello \u{1F44B}" });
        assert_eq!(call(ContentType::Text, None, None), ("/api/sendText", body));
    }

    #[test]
    fn an_image() {
        let url = "https://example.com/a/cat.png?size=2";
        let body = json!({
            "session": "default", "chatId": "16505551234@c.us", "caption": "A cat",
            "file": { "mimetype": "image/png", "filename": "cat.png", "url": url },
        });
        assert_eq!(call(ContentType::Image, Some(url), Some("A cat")), ("/api/sendImage", body));
    }

    #[test]
    fn a_file_without_caption() {
        let url = "https://example.com/report.pdf";
        let body = json!({
            "session": "default", "chatId": "16505551234@c.us",
            "file": { "mimetype": "application/pdf", "filename": "report.pdf", "url": url },
        });
        assert_eq!(call(ContentType::File, Some(url), None), ("/api/sendFile", body));
    }

    #[test]
    fn a_voice_message_has_no_caption_and_is_converted() {
        let url = "https://example.com/note.mp3";
        let body = json!({
            "session": "default", "chatId": "16505551234@c.us", "convert": true,
            "file": { "mimetype": "audio/mpeg", "filename": "note.mp3", "url": url },
        });
        assert_eq!(call(ContentType::Audio, Some(url), Some("dropped")), ("/api/sendVoice", body));
    }

    #[test]
    fn a_video_is_converted() {
        let url = "https://example.com/film.mov";
        let body = json!({
            "session": "default", "chatId": "16505551234@c.us", "convert": true, "caption": "A film",
            "file": { "mimetype": "video/quicktime", "filename": "film.mov", "url": url },
        });
        assert_eq!(call(ContentType::Video, Some(url), Some("A film")), ("/api/sendVideo", body));
    }

    #[test]
    fn the_text_of_a_media_message_is_its_caption_when_there_is_no_other() {
        let mut message = sample::message("16505551234");
        message.content.content_type = ContentType::Image;
        message.content.media_url = Some("https://example.com/cat.png".to_owned());
        message.content.text = Some("A cat".to_owned());
        let body: Value =
            serde_json::from_slice(&build("default", &chat_id(&message), false, &message).unwrap().body)
                .unwrap();
        assert_eq!(body["caption"], "A cat");
        assert_eq!(body.get("text"), None);
    }

    #[test]
    fn a_message_that_lacks_its_content_is_not_sent() {
        let mut message = sample::message("16505551234");
        message.content.text = None;
        assert_eq!(build("default", &chat_id(&message), false, &message).unwrap_err().code, INVALID_MESSAGE);
        message.content.content_type = ContentType::Video;
        assert_eq!(build("default", &chat_id(&message), false, &message).unwrap_err().code, INVALID_MESSAGE);
    }
}
