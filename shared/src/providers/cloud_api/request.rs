//! What Meta is asked: one body for each type of message.

use std::borrow::Cow;

use domain::limits::{CAPTION_MAX_CHARS, TEXT_MAX_CHARS};
use domain::message::{ContentType, Message, MessageError};
use domain::values::ids::MessageId;
use serde::Serialize;

use crate::providers::error_code::INVALID_MESSAGE;
use crate::providers::media;

#[derive(Debug, Serialize)]
struct Body<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(flatten)]
    to: Recipient<'a>,
    #[serde(flatten)]
    content: Part<'a>,
    /// Comes back with every status.
    biz_opaque_callback_data: MessageId,
}

/// By the number, or by Meta's own id of a person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Recipient<'a> {
    To(String),
    Recipient(&'a str),
}

/// The type, and the object of that name.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: Text<'a> },
    Image { image: Media<'a> },
    Video { video: Media<'a> },
    Audio { audio: Media<'a> },
    Document { document: Media<'a> },
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    body: &'a str,
    preview_url: bool,
}

#[derive(Debug, Serialize)]
struct Media<'a> {
    link: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<Cow<'a, str>>,
}

/// The body that sends a message. What Meta would refuse in any case is refused here.
pub(super) fn build(message: &Message) -> Result<Vec<u8>, MessageError> {
    let body = Body {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to: recipient(message),
        content: part(message)?,
        biz_opaque_callback_data: message.message_id,
    };
    serde_json::to_vec(&body).map_err(|_| invalid("cannot be written as JSON"))
}

fn recipient(message: &Message) -> Recipient<'_> {
    match message.to.number() {
        // Without the plus Meta would put the business number's country code in front.
        Some(number) => Recipient::To(format!("+{}", number.digits())),
        None => Recipient::Recipient(message.to.as_str()),
    }
}

fn part(message: &Message) -> Result<Part<'_>, MessageError> {
    Ok(match message.content.content_type {
        ContentType::Text => Part::Text { text: text(message)? },
        ContentType::Image => Part::Image { image: media(message)? },
        ContentType::Video => Part::Video { video: media(message)? },
        ContentType::Audio => Part::Audio { audio: Media { caption: None, ..media(message)? } },
        ContentType::File => {
            let document = media(message)?;
            let filename = Some(media::filename(&message.content, document.link));
            Part::Document { document: Media { filename, ..document } }
        }
    })
}

fn text(message: &Message) -> Result<Text<'_>, MessageError> {
    let body = message.content.text.as_deref().ok_or_else(|| invalid("has no text"))?;
    if body.chars().count() > TEXT_MAX_CHARS {
        return Err(invalid(&format!("has more than {TEXT_MAX_CHARS} characters")));
    }
    Ok(Text { body, preview_url: message.content.has_link_preview() })
}

fn media(message: &Message) -> Result<Media<'_>, MessageError> {
    let content = &message.content;
    let link = content.media_url.as_deref().ok_or_else(|| invalid("has no media URL"))?;
    let scheme = link.split_once("://").map_or("", |(scheme, _)| scheme);
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(invalid("has a media URL that is neither http nor https"));
    }
    let caption = content.caption();
    if caption.is_some_and(|caption| caption.chars().count() > CAPTION_MAX_CHARS) {
        return Err(invalid(&format!("has a caption of more than {CAPTION_MAX_CHARS} characters")));
    }
    Ok(Media { link, caption, filename: None })
}

fn invalid(what: &str) -> MessageError {
    MessageError::new(INVALID_MESSAGE, &format!("The message {what}, so it cannot be sent."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::sample;

    fn message(content_type: ContentType, url: Option<&str>, caption: Option<&str>) -> Message {
        let mut message = sample::message("16505551234");
        message.content.content_type = content_type;
        message.content.text = (content_type == ContentType::Text).then(|| "hello \u{1F44B}".to_owned());
        message.content.media_url = url.map(str::to_owned);
        message.content.media_caption = caption.map(str::to_owned);
        message
    }

    fn body(message: &Message) -> Value {
        serde_json::from_slice(&build(message).unwrap()).unwrap()
    }

    #[test]
    fn every_type_has_its_object() {
        let url = "https://example.com/a/R%C3%A9sum%C3%A9.pdf?x=1";
        for (content_type, caption, name, object) in [
            (ContentType::Text, None, "text", json!({ "body": "hello \u{1F44B}", "preview_url": true })),
            (ContentType::Image, Some("A cat"), "image", json!({ "link": url, "caption": "A cat" })),
            (ContentType::Video, None, "video", json!({ "link": url })),
            (ContentType::Audio, Some("dropped"), "audio", json!({ "link": url })),
            (
                ContentType::File,
                Some("Read it"),
                "document",
                json!({ "link": url, "caption": "Read it", "filename": "R\u{e9}sum\u{e9}.pdf" }),
            ),
        ] {
            let message = message(content_type, Some(url), caption);
            let expected = json!({
                "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "type": name,
                name: object, "biz_opaque_callback_data": message.message_id.to_string(),
            });
            assert_eq!(body(&message), expected);
        }
    }

    #[test]
    fn the_text_of_a_media_message_is_its_caption_when_there_is_no_other() {
        let mut message = message(ContentType::Image, Some("https://example.com/cat.png"), None);
        message.content.text = Some("A cat".to_owned());
        assert_eq!(body(&message)["image"]["caption"], "A cat");
    }

    #[test]
    fn what_meta_would_refuse_is_not_sent() {
        let long_text = {
            let mut message = message(ContentType::Text, None, None);
            message.content.text = Some("\u{e9}".repeat(TEXT_MAX_CHARS + 1));
            message
        };
        let caption = "\u{e9}".repeat(CAPTION_MAX_CHARS + 1);
        for (message, why) in [
            (long_text, "4096"),
            (message(ContentType::Image, None, None), "no media URL"),
            (message(ContentType::Image, Some("ftp://example.com/a.png"), None), "neither http nor https"),
            (message(ContentType::File, Some("https://example.com/a.pdf"), Some(&caption)), "1024"),
        ] {
            let error = build(&message).unwrap_err();
            assert_eq!(error.code, INVALID_MESSAGE);
            assert!(error.detail.contains(why), "{}", error.detail);
        }
        let fits = message(
            ContentType::File,
            Some("https://example.com/a.pdf"),
            Some(&caption[..2 * CAPTION_MAX_CHARS]),
        );
        assert!(build(&fits).is_ok());
    }
}
