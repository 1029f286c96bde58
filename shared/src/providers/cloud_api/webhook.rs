//! What Meta reports about a phone number of the Cloud API.
//!
//! A signature is that of an app, and an app may have many numbers: what is about another number than the session's is
//! passed over.

use domain::message::Inbound;
use domain::message::inbound::{Arrival, Sender};
use domain::message::report::{About, Report};
use domain::message::{Content, ContentType, MessageError};
use domain::providers::{CloudApiSettings, ProviderConfig};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use http::HeaderName;
use serde_json::Value;

use super::codes::{lookup, said};
use crate::http::{ApiRequest, ApiResponse, ErrorCode, Problem};
use crate::providers::webhook::parts::{name, other, phone, plain, seconds, text};
use crate::providers::webhook::signature::{is_hmac_sha256, is_same};
use crate::providers::webhook::{NotAWebhook, Notice, WebhookSource};

const X_HUB_SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

/// Longest challenge that is given back, in characters; Meta's are some digits.
const CHALLENGE_MAX_CHARS: usize = 100;

/// The code of a failure for which Meta has a number; `detail` says more.
const NOT_DELIVERED: &str = domain::message::report::NOT_DELIVERED;

impl WebhookSource for CloudApiSettings {
    fn is_signed(&self, request: &ApiRequest) -> bool {
        let signature = request.header(&X_HUB_SIGNATURE).unwrap_or_default().strip_prefix("sha256=");
        signature.is_some_and(|signature| is_hmac_sha256(self.app_secret.expose(), &request.body, signature))
    }

    fn read(&self, body: &Value, now: Timestamp) -> Result<Vec<Notice>, NotAWebhook> {
        read(body, &self.phone_number_id, now)
    }
}

/// Returns the challenge to a caller who sends the session's verify token.
pub(in crate::providers) fn handshake(
    request: &ApiRequest,
    provider: Option<&ProviderConfig>,
) -> Result<ApiResponse, Problem> {
    let parameter = |wanted: &str| {
        let found = request.query.iter().find(|(name, _)| name == wanted);
        found.map_or("", |(_, value)| value.as_str())
    };
    let is_known = match provider {
        Some(ProviderConfig::CloudApi(number)) => {
            parameter("hub.mode") == "subscribe"
                && is_same(parameter("hub.verify_token"), number.verify_token.expose())
        }
        _ => false,
    };
    if !is_known {
        let detail = "hub.verify_token is not that of the session.";
        return Err(Problem::new(ErrorCode::VerifyTokenInvalid, detail));
    }
    let challenge = parameter("hub.challenge");
    let is_clean = (1..=CHALLENGE_MAX_CHARS).contains(&challenge.len())
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_clean {
        let detail = "hub.challenge must be 1 to 100 letters and digits.";
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    Ok(ApiResponse::text(challenge))
}

/// All reports and messages in a body about a phone number.
fn read(body: &Value, phone_number_id: &str, now: Timestamp) -> Result<Vec<Notice>, NotAWebhook> {
    if body["object"] != "whatsapp_business_account" {
        return Err(NotAWebhook("object is not whatsapp_business_account"));
    }
    let entries = body["entry"].as_array().ok_or(NotAWebhook("entry is no list"))?;
    let changes = entries.iter().flat_map(|entry| list(&entry["changes"]));
    let values = changes.filter(|change| change["field"] == "messages").map(|change| &change["value"]);
    let (own, others): (Vec<&Value>, Vec<&Value>) =
        values.partition(|value| value["metadata"]["phone_number_id"] == phone_number_id);
    if !others.is_empty() {
        tracing::warn!(count = others.len(), "passed over what is about another phone number");
    }
    let tell = |value: &&Value| {
        let statuses = list(&value["statuses"]).iter().filter_map(|status| report(status, now));
        let messages =
            list(&value["messages"]).iter().filter_map(|message| arrival(message, list(&value["contacts"])));
        statuses.chain(messages).collect::<Vec<_>>()
    };
    Ok(own.iter().flat_map(tell).collect())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn report(status: &Value, now: Timestamp) -> Option<Notice> {
    let state = match status["status"].as_str()? {
        "sent" => Status::Sent,
        "delivered" => Status::Delivered,
        "read" | "played" => Status::Read,
        "failed" => Status::Failed,
        _ => return None,
    };
    let id = name(&status["id"])?;
    let at = seconds(&status["timestamp"]).map_or(now, |at| at.min(now));
    let error = (state == Status::Failed).then(|| failure(&status["errors"][0]));
    let report = Report { provider_message_id: Some(id), error, ..Report::new(state, at) };
    // Without our own id it was sent by something else through the same number.
    let message_id = status["biz_opaque_callback_data"].as_str()?.parse().ok()?;
    Some(Notice::Report(About::OurId { message_id }, report))
}

/// Why it failed: in our words where the code is known, with Meta's behind them.
fn failure(error: &Value) -> MessageError {
    let words = [&error["error_data"]["details"], &error["message"], &error["title"]];
    let words = words.into_iter().find_map(text);
    let plain = || words.clone().unwrap_or_else(|| "Meta reports that it was not delivered.".to_owned());
    let detail = match error["code"].as_i64().map(|code| (code, lookup(code))) {
        Some((code, Some(known))) => said(known, code, words.as_deref()),
        Some((code, None)) => format!("{} (Meta's code {code})", plain()),
        None => plain(),
    };
    MessageError::new(NOT_DELIVERED, &detail)
}

fn arrival(message: &Value, contacts: &[Value]) -> Option<Notice> {
    let from = phone(message["from"].as_str()?)?;
    let (content, mut inbound) = content(message);
    let contact = contacts.iter().find(|contact| contact["wa_id"] == message["from"]);
    inbound.contact_name = contact.and_then(|contact| name(&contact["profile"]["name"]));
    if inbound.reply_to.is_none() {
        inbound.reply_to = name(&message["context"]["id"]);
    }
    Some(Notice::Arrival(Box::new(Arrival {
        provider_message_id: name(&message["id"])?,
        at: seconds(&message["timestamp"])?,
        sender: Sender::Phone(from),
        content,
        inbound,
    })))
}

fn content(message: &Value) -> (Content, Inbound) {
    let kind = message["type"].as_str().unwrap_or("unsupported");
    let about = &message[kind];
    match kind {
        "text" => (plain(text(&about["body"])), Inbound::default()),
        "image" | "sticker" => media(about, ContentType::Image, (kind == "sticker").then_some(kind)),
        "video" => media(about, ContentType::Video, None),
        "audio" => media(about, ContentType::Audio, None),
        "document" => media(about, ContentType::File, None),
        "reaction" => {
            let given = about["emoji"].as_str().unwrap_or_default().to_owned();
            let (content, inbound) = other(kind, Some(given), &Value::Null);
            (content, Inbound { reply_to: name(&about["message_id"]), ..inbound })
        }
        "button" => other(kind, text(&about["text"]), about),
        "interactive" => {
            let chosen = [&about["button_reply"], &about["list_reply"]];
            other("button", chosen.into_iter().find_map(|reply| text(&reply["title"])), about)
        }
        _ => other(kind, None, if about.is_null() { &message["errors"] } else { about }),
    }
}

/// Media have an id, with which they can be fetched from Meta for some weeks.
fn media(about: &Value, content_type: ContentType, kind: Option<&str>) -> (Content, Inbound) {
    let content = Content { media_caption: text(&about["caption"]), ..Content::empty(content_type) };
    let inbound = Inbound {
        kind: kind.map(str::to_owned),
        media_id: name(&about["id"]),
        mime_type: name(&about["mime_type"]),
        file_name: name(&about["filename"]),
        ..Inbound::default()
    };
    (content, inbound)
}
