//! What answers show of a message.

use domain::message::Inbound;
use domain::message::{Direction, Message};
use domain::reading::waiting::Waiting;
use domain::values::time::Timestamp;
use serde_json::{Value, json};

use crate::ports::Conversation;

/// The answer to a message that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted<'a>(pub &'a Message);

impl Accepted<'_> {
    /// `{jobId, status, priority, scheduledAt, createdAt}`.
    pub fn view(&self) -> Value {
        let message = self.0;
        json!({
            "jobId": message.message_id.to_string(),
            "status": message.status.name(),
            "priority": message.priority.number(),
            "scheduledAt": time(message.scheduled_at),
            "createdAt": message.created_at.to_string(),
        })
    }
}

/// A message with all that is known about its way, and what it waits for; absent times are null.
pub fn message_view(message: &Message, waiting: Option<Waiting>) -> Value {
    let (content, times) = (&message.content, &message.times);
    json!({
        "id": message.message_id.to_string(),
        "sessionId": message.session_id.to_string(),
        "campaignId": message.campaign_id.map(|id| id.to_string()),
        "direction": message.direction,
        "to": contact(message),
        "from": message.from.as_ref().map(domain::values::phone::PhoneNumber::digits),
        "type": type_name(message),
        "message": content.text,
        "mediaUrl": content.media_url,
        "mediaCaption": content.media_caption,
        "priority": message.priority.number(),
        "status": message.status.name(),
        "attempts": message.attempts,
        "error": message.error,
        "providerMessageId": message.provider_message_id,
        "waiting": waiting.map(|w| json!({ "reason": w.reason, "until": time(w.until) })),
        "scheduledAt": time(message.scheduled_at),
        "createdAt": message.created_at.to_string(),
        "queuedAt": time(times.queued_at),
        "sendingAt": time(times.sending_at),
        "sentAt": time(times.sent_at),
        "deliveredAt": time(times.delivered_at),
        "readAt": time(times.read_at),
        "failedAt": time(times.failed_at),
        "receivedAt": time(times.received_at),
        "cancelledAt": time(times.cancelled_at),
        "inbound": message.inbound.as_ref().map(inbound_view),
    })
}

/// What it is: one of the types that can be sent, or the kind that came in.
fn type_name(message: &Message) -> &str {
    let kind = message.inbound.as_ref().and_then(|inbound| inbound.kind.as_deref());
    kind.unwrap_or(message.content.content_type.name())
}

/// The number of the contact; none when WhatsApp hides it.
fn contact(message: &Message) -> Option<&str> {
    let is_hidden = message.inbound.as_ref().is_some_and(|inbound| inbound.sender_id.is_some());
    (!is_hidden).then(|| message.to.digits())
}

fn inbound_view(inbound: &Inbound) -> Value {
    json!({
        "senderId": inbound.sender_id,
        "contactName": inbound.contact_name,
        "replyTo": inbound.reply_to,
        "mediaId": inbound.media_id,
        "mimeType": inbound.mime_type,
        "fileName": inbound.file_name,
        "details": inbound.details,
    })
}

/// A conversation, by its newest message. What was not kept yet is known from that message alone.
pub fn conversation_view(newest: &Message, kept: Option<&Conversation>) -> Value {
    let (outbound, inbound) = match (kept, newest.direction) {
        (Some(kept), _) => (kept.outbound, kept.inbound),
        (None, Direction::Outbound) => (1, 0),
        (None, Direction::Inbound) => (0, 1),
    };
    let told = newest.inbound.as_ref().and_then(|inbound| inbound.contact_name.as_ref());
    json!({
        "phone": contact(newest).or_else(|| newest.inbound.as_ref()?.sender_id.as_deref()),
        "sessionId": newest.session_id.to_string(),
        "name": told.or_else(|| kept?.contact_name.as_ref()),
        "lastMessage": {
            "id": newest.message_id.to_string(),
            "type": type_name(newest),
            "text": newest.content.caption(),
            "direction": newest.direction,
            "status": newest.status.name(),
            "at": newest.created_at.to_string(),
        },
        "counts": { "outbound": outbound, "inbound": inbound },
    })
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
