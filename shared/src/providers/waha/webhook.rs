//! What WAHA reports, for all its engines.
//!
//! | event | notice |
//! |---|---|
//! | `message.ack` of a message of ours | report: −1 failed, 1 sent, 2 delivered, 3 and 4 read |
//! | `message.any` of a message of ours that an API has sent | report: sent; settles what had an unknown outcome |
//! | `message`, `message.any` from a contact | arrival; both events have the same id, so that it is stored once |
//! | `message.reaction` from a contact | arrival of the kind `reaction` |
//! | of groups, channels and broadcasts; all other events | nothing |

use domain::message::Inbound;
use domain::message::inbound::{Arrival, Sender};
use domain::message::report::{About, NOT_DELIVERED, Report};
use domain::message::{Content, ContentType, MessageError};
use domain::providers::{ProviderConfig, WahaSettings};
use domain::values::phone::PhoneNumber;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use http::HeaderName;
use serde_json::Value;

use super::core_id::id_in;
use crate::http::{ApiRequest, ApiResponse, ErrorCode, Problem};
use crate::providers::webhook::parts::{hidden, name, other, phone, plain, seconds, text, url};
use crate::providers::webhook::signature::is_hmac_sha512;
use crate::providers::webhook::{NotAWebhook, Notice, WebhookSource};

const X_WEBHOOK_HMAC: HeaderName = HeaderName::from_static("x-webhook-hmac");

/// WAHA asks for nothing before it posts.
pub(in crate::providers) fn handshake(
    _: &ApiRequest,
    _: Option<&ProviderConfig>,
) -> Result<ApiResponse, Problem> {
    Err(Problem::new(ErrorCode::RouteNotFound, "WAHA has no handshake; it only posts."))
}

impl WebhookSource for WahaSettings {
    /// A session without a key takes none.
    fn is_signed(&self, request: &ApiRequest) -> bool {
        let signature = request.header(&X_WEBHOOK_HMAC).unwrap_or_default();
        let secret = self.webhook_secret.as_ref();
        secret.is_some_and(|secret| is_hmac_sha512(secret.expose(), &request.body, signature))
    }

    fn read(&self, body: &Value, now: Timestamp) -> Result<Vec<Notice>, NotAWebhook> {
        Ok(read(body, &self.session, now)?.into_iter().collect())
    }
}

/// The reports and messages in a body about the session with this name at its server; none for any other session.
fn read(body: &Value, session: &str, now: Timestamp) -> Result<Option<Notice>, NotAWebhook> {
    let event = body["event"].as_str().ok_or(NotAWebhook("it names no event"))?;
    let of = body["session"].as_str().ok_or(NotAWebhook("it names no session"))?;
    let payload = body["payload"].as_object().map(|_| &body["payload"]);
    if of != session {
        tracing::warn!("passed over a webhook of another session of the same server");
        return Ok(None);
    }
    let payload = payload.ok_or(NotAWebhook("it has no payload"));
    match event {
        "message.ack" => Ok(ack(payload?, now)),
        "message" | "message.any" => Ok(message(payload?, body, now)),
        "message.reaction" => Ok(reaction(payload?, body)),
        _ => Ok(None),
    }
}

fn ack(payload: &Value, now: Timestamp) -> Option<Notice> {
    let is_ours = payload["fromMe"].as_bool() != Some(false);
    let status = ack_status(payload).filter(|_| is_ours)?;
    let error = (status == Status::Failed)
        .then(|| MessageError::new(NOT_DELIVERED, "WhatsApp did not take the message from WAHA (ack -1)."));
    let report = Report { error, ..Report::new(status, now) };
    let about = About::TheirId {
        provider_message_id: id_in(&payload["id"])?.to_owned(),
        to: contact(payload, "to").and_then(known),
        text: None,
    };
    Some(Notice::Report(about, report))
}

/// Reads the number; if there is none, the name.
fn ack_status(payload: &Value) -> Option<Status> {
    match (payload["ack"].as_i64(), payload["ackName"].as_str()) {
        (Some(-1), _) | (None, Some("ERROR")) => Some(Status::Failed),
        (Some(1), _) | (None, Some("SERVER")) => Some(Status::Sent),
        (Some(2), _) | (None, Some("DEVICE")) => Some(Status::Delivered),
        (Some(3 | 4), _) | (None, Some("READ" | "PLAYED")) => Some(Status::Read),
        _ => None,
    }
}

fn message(payload: &Value, body: &Value, now: Timestamp) -> Option<Notice> {
    let id = id_in(&payload["id"])?.to_owned();
    if payload["fromMe"].as_bool() == Some(true) {
        return own(payload, id, now);
    }
    let sender = contact(payload, "from")?;
    let sent_at = sent_at(payload, body);
    let (content, mut inbound) = content(payload);
    inbound.reply_to = id_in(&payload["replyTo"]).map(str::to_owned);
    inbound.contact_name = contact_name(payload);
    Some(arrival(id, sent_at?, sender, content, inbound))
}

/// A message that went out through WAHA: that it did settles what had an unknown outcome. What the phone itself has sent
/// is none of ours.
fn own(payload: &Value, id: String, now: Timestamp) -> Option<Notice> {
    let by_api = payload["source"].as_str() == Some("api");
    let to = contact(payload, "to").and_then(known).filter(|_| by_api)?;
    let about = About::TheirId {
        provider_message_id: id,
        to: Some(to),
        text: Some(payload["body"].as_str().unwrap_or_default().to_owned()),
    };
    Some(Notice::Report(about, Report::new(Status::Sent, now)))
}

fn reaction(payload: &Value, body: &Value) -> Option<Notice> {
    if payload["fromMe"].as_bool() == Some(true) {
        return None;
    }
    let id = id_in(&payload["id"])?.to_owned();
    let sender = contact(payload, "from")?;
    let given = &payload["reaction"];
    // An empty text removes a reaction.
    let (content, mut inbound) = other("reaction", Some(given["text"].as_str()?.to_owned()), &Value::Null);
    inbound.reply_to = id_in(&given["messageId"]).map(str::to_owned);
    Some(arrival(id, sent_at(payload, body)?, sender, content, inbound))
}

/// When a message was sent; for engines that do not send it, when the event was created, which is the same when it is repeated.
fn sent_at(payload: &Value, body: &Value) -> Option<Timestamp> {
    let of_event = || body["timestamp"].as_i64().filter(|millis| *millis > 0).map(Timestamp::from_millis);
    seconds(&payload["timestamp"]).or_else(of_event)
}

fn arrival(id: String, at: Timestamp, sender: Sender, content: Content, inbound: Inbound) -> Notice {
    Notice::Arrival(Box::new(Arrival { provider_message_id: id, at, sender, content, inbound }))
}

/// The contact at one end of a message; none for groups, channels and broadcasts.
///
/// Engines that know the number of an `@lid` send it in another field.
fn contact(payload: &Value, end: &str) -> Option<Sender> {
    let chat = payload[end].as_str()?;
    let number = |name: &str| {
        let digits = name.strip_suffix("@c.us").or_else(|| name.strip_suffix("@s.whatsapp.net"))?;
        // A device of a number: `<number>:<device>`.
        phone(digits.split(':').next()?).map(Sender::Phone)
    };
    let data = &payload["_data"];
    let beside = [
        &data["key"]["remoteJidAlt"],
        &data["key"]["senderPn"],
        &data["Info"][if end == "to" { "RecipientAlt" } else { "SenderAlt" }],
    ];
    number(chat).or_else(|| {
        let known = beside.into_iter().filter_map(Value::as_str).find_map(number);
        chat.ends_with("@lid").then(|| known.or_else(|| hidden(chat)))?
    })
}

/// What the sender calls themselves; each engine has its own place for it.
fn contact_name(payload: &Value) -> Option<String> {
    let data = &payload["_data"];
    [&data["notifyName"], &data["pushName"], &data["Info"]["PushName"]].into_iter().find_map(name)
}

/// The number of a contact, if it is known.
fn known(contact: Sender) -> Option<PhoneNumber> {
    match contact {
        Sender::Phone(phone) => Some(phone),
        Sender::Hidden(..) => None,
    }
}

fn content(payload: &Value) -> (Content, Inbound) {
    let says = text(&payload["body"]);
    let media = &payload["media"];
    if payload["hasMedia"].as_bool() == Some(true) || media.is_object() {
        return with_media(payload, says);
    }
    for (field, kind) in [
        ("location", "location"),
        ("vCards", "contacts"),
        ("selectedButtonId", "button"),
        ("poll", "poll"),
        ("list", "list"),
    ] {
        let about = &payload[field];
        if !about.is_null() && about.as_array().is_none_or(|items| !items.is_empty()) {
            return other(kind, says, about);
        }
    }
    match (says, name(&payload["_data"]["type"]).or_else(|| name(&payload["type"]))) {
        (says, Some(kind)) if !matches!(kind.as_str(), "chat" | "text") => other(&kind, says, &Value::Null),
        (None, _) => other("unsupported", None, &Value::Null),
        (says, _) => (plain(says), Inbound::default()),
    }
}

fn with_media(payload: &Value, caption: Option<String>) -> (Content, Inbound) {
    let media = &payload["media"];
    let mime_type = name(&media["mimetype"]);
    let told = name(&payload["_data"]["type"]);
    let family = mime_type.as_deref().and_then(|mime| mime.split('/').next()).or(told.as_deref());
    let is_sticker = told.as_deref() == Some("sticker") || mime_type.as_deref() == Some("image/webp");
    let content_type = match family {
        Some("image" | "sticker") => ContentType::Image,
        Some("video") => ContentType::Video,
        Some("audio" | "ptt") => ContentType::Audio,
        _ => ContentType::File,
    };
    let content =
        Content { media_url: url(&media["url"]), media_caption: caption, ..Content::empty(content_type) };
    let inbound = Inbound {
        kind: is_sticker.then(|| "sticker".to_owned()),
        mime_type,
        file_name: name(&media["filename"]),
        ..Inbound::default()
    };
    (content, inbound)
}
