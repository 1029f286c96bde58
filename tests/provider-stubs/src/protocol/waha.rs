//! What WAHA understands: paths, and the fields of their bodies. Nothing else passes.

use http::Method;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Named, require};
use crate::script::Engine;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TextBody {
    session: String,
    chat_id: String,
    text: String,
    #[serde(default, rename = "id")]
    _id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MediaBody {
    session: String,
    chat_id: String,
    file: File,
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    convert: Option<bool>,
    #[serde(default, rename = "id")]
    _id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mimetype: String,
    #[serde(default)]
    filename: Option<String>,
    url: String,
}

/// The fields that a path allows in addition to a file.
#[derive(Clone, Copy)]
struct Allows {
    family: &'static str,
    caption: bool,
    convert: bool,
    needs_filename: bool,
}

const IMAGE: Allows = Allows { family: "image/", caption: true, convert: false, needs_filename: false };
const FILE: Allows = Allows { family: "", caption: true, convert: false, needs_filename: false };
const VOICE: Allows = Allows { family: "audio/", caption: false, convert: true, needs_filename: false };
const VIDEO: Allows = Allows { family: "video/", caption: true, convert: true, needs_filename: true };

/// Why a body is not what its path asks for; none when it is.
pub(super) fn fault(path: &str, body: &Value) -> Option<String> {
    let checked = match path {
        "/api/sendText" => check_text(body),
        "/api/sendImage" => check_media(body, IMAGE),
        "/api/sendFile" => check_media(body, FILE),
        "/api/sendVoice" => check_media(body, VOICE),
        "/api/sendVideo" => check_media(body, VIDEO),
        "/api/startTyping" | "/api/stopTyping" => check_typing(body),
        _ => Err("no such path".to_owned()),
    };
    checked.err()
}

/// Whether WAHA has such a path.
pub(super) fn is_path(path: &str) -> bool {
    is_send(path) || ["/api/startTyping", "/api/stopTyping"].contains(&path)
}

/// Whether a call to this path sends a message.
pub(super) fn is_send(path: &str) -> bool {
    ["/api/sendText", "/api/sendImage", "/api/sendFile", "/api/sendVoice", "/api/sendVideo"].contains(&path)
}

/// Whether a call asks if a number is on WhatsApp.
pub(super) fn is_question(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.uri.path() == "/api/contacts/check-exists"
}

/// Why such a question is wrong; none when it is not.
pub(super) fn question_fault(parts: &Parts) -> Option<String> {
    let Named { session, chat_id, .. } = asked(parts);
    let chat_id = chat_id.unwrap_or_default();
    check_address(&session.unwrap_or_default(), &chat_id).err()
}

/// What a call names.
pub(super) fn named(parts: &Parts, body: &Value) -> Named {
    if is_question(parts) {
        return asked(parts);
    }
    let field = |name: &str| body[name].as_str().map(str::to_owned);
    Named { session: field("session"), chat_id: field("chatId"), text: field("text") }
}

/// The question's parameters; none of those that are asked with here need decoding.
fn asked(parts: &Parts) -> Named {
    let query = parts.uri.query().unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    Named {
        session: value("session"),
        chat_id: value("phone").map(|digits| format!("{digits}@c.us")),
        text: None,
    }
}

/// The answer to a message that was taken, in the shape of an engine.
pub(super) fn accepted(engine: Engine, chat_id: &str, message_id: &str) -> Option<Value> {
    let serialized = format!("true_{chat_id}_{message_id}");
    let remote_jid = chat_id.replace("@c.us", "@s.whatsapp.net");
    Some(match engine {
        Engine::Webjs => {
            let id =
                json!({ "fromMe": true, "remote": chat_id, "id": message_id, "_serialized": serialized });
            json!({ "_data": { "id": id, "ack": 0 }, "id": id, "ack": 0, "fromMe": true, "to": chat_id })
        }
        Engine::Noweb => {
            let key = json!({ "remoteJid": remote_jid, "fromMe": true, "id": message_id });
            json!({ "key": key, "message": {}, "messageTimestamp": "1750030073", "status": "PENDING" })
        }
        Engine::Gows => json!({ "id": serialized, "_data": { "Info": { "ID": message_id } } }),
        Engine::GowsData => json!({ "_data": { "Info": { "ID": message_id } } }),
        Engine::Silent => return None,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TypingBody {
    session: String,
    chat_id: String,
}

fn check_typing(body: &Value) -> Result<(), String> {
    let typing = TypingBody::deserialize(body).map_err(|error| error.to_string())?;
    check_address(&typing.session, &typing.chat_id)
}

fn check_text(body: &Value) -> Result<(), String> {
    let text = TextBody::deserialize(body).map_err(|error| error.to_string())?;
    check_address(&text.session, &text.chat_id)?;
    require(!text.text.is_empty(), "text must not be empty")
}

fn check_media(body: &Value, allows: Allows) -> Result<(), String> {
    let media = MediaBody::deserialize(body).map_err(|error| error.to_string())?;
    check_address(&media.session, &media.chat_id)?;
    let file = &media.file;
    require(file.url.starts_with("http://") || file.url.starts_with("https://"), "file.url must be a URL")?;
    require(file.mimetype.contains('/'), "file.mimetype must be a MIME type")?;
    require(file.mimetype.starts_with(allows.family), "file.mimetype is of another kind")?;
    require(!allows.needs_filename || file.filename.is_some(), "file.filename is needed")?;
    require(file.filename.as_deref() != Some(""), "file.filename must not be empty")?;
    require(allows.caption || media.caption.is_none(), "caption is not allowed")?;
    require(
        media.convert == allows.convert.then_some(true),
        "convert must be true for voice and video, and only there",
    )
}

fn check_address(session: &str, chat_id: &str) -> Result<(), String> {
    let digits = chat_id.strip_suffix("@c.us").unwrap_or_default();
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    require(!session.is_empty(), "session must not be empty")?;
    require(is_number, "chatId must be digits and @c.us")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> Value {
        json!({ "mimetype": "image/png", "url": "https://a.example/b.png" })
    }

    #[test]
    fn what_waha_speaks_passes() {
        let (session, chat) = ("default", "16505551234@c.us");
        let audio =
            json!({ "mimetype": "audio/ogg; codecs=opus", "filename": "a", "url": "https://a.example" });
        let video = json!({ "mimetype": "video/mp4", "filename": "a.mp4", "url": "https://a.example" });
        for (path, body) in [
            ("/api/sendText", json!({ "session": session, "chatId": chat, "text": "hi" })),
            ("/api/sendImage", json!({ "session": session, "chatId": chat, "file": file(), "caption": "c" })),
            ("/api/sendFile", json!({ "session": session, "chatId": chat, "file": file() })),
            ("/api/sendVoice", json!({ "session": session, "chatId": chat, "file": audio, "convert": true })),
            ("/api/sendVideo", json!({ "session": session, "chatId": chat, "file": video, "convert": true })),
        ] {
            assert_eq!(fault(path, &body), None, "{path}");
        }
    }

    #[test]
    fn nothing_else_does() {
        let (session, chat) = ("default", "16505551234@c.us");
        for (path, body) in [
            ("/api/sendText", json!({ "session": session, "chatId": chat })),
            ("/api/sendText", json!({ "session": session, "chatId": chat, "text": "" })),
            ("/api/sendText", json!({ "session": "", "chatId": chat, "text": "hi" })),
            ("/api/sendText", json!({ "session": session, "chatId": "16505551234", "text": "hi" })),
            ("/api/sendText", json!({ "session": session, "chatId": "+16505551234@c.us", "text": "hi" })),
            ("/api/sendText", json!({ "session": session, "chatId": chat, "text": "hi", "body": 1 })),
            (
                "/api/sendImage",
                json!({ "session": session, "chatId": chat, "file": file(), "convert": true }),
            ),
            (
                "/api/sendImage",
                json!({ "session": session, "chatId": chat, "file": { "url": "https://a.example" } }),
            ),
            (
                "/api/sendVoice",
                json!({ "session": session, "chatId": chat, "file": file(), "convert": true }),
            ),
            (
                "/api/sendVideo",
                json!({ "session": session, "chatId": chat, "convert": true,
                                       "file": { "mimetype": "video/mp4", "url": "https://a.example" } }),
            ),
            ("/api/sendPoll", json!({})),
        ] {
            assert!(fault(path, &body).is_some(), "{path} {body}");
        }
    }
}
