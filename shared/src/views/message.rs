//! A message.

use domain::message::{Direction, Inbound, Message, MessageError};
use domain::reading::waiting::Waiting;
use domain::request::Warning;
use domain::values::ids::{CampaignId, MessageId, SessionId};
use domain::values::phone::PhoneNumber;
use domain::values::priority::Priority;
use domain::values::status::Status;
use serde::Serialize;

use super::time::Time;

/// A message that was accepted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Accepted"))]
pub struct AcceptedView {
    /// The message's id.
    pub job_id: MessageId,
    /// Its state.
    pub status: Status,
    /// How urgent it is: 1 before 5 before 10.
    pub priority: Priority,
    /// When you want it sent, if not at once.
    pub scheduled_at: Option<Time>,
    /// When it was accepted.
    pub created_at: Time,
    /// What of the request counts for nothing; absent when all of it counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<WarningView>,
}

/// A part of a request that counts for nothing.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct WarningView {
    /// Where in the body, as a JSON pointer.
    pub pointer: &'static str,
    /// `ignored`.
    pub code: &'static str,
    /// Why, for people.
    pub detail: &'static str,
}

/// The answer to a message that was accepted, and what of its request counts for nothing.
#[derive(Clone, Debug)]
pub struct Accepted<'a>(pub &'a Message, pub &'a [Warning]);

impl Accepted<'_> {
    /// What the answer holds.
    pub fn view(&self) -> AcceptedView {
        let message = self.0;
        AcceptedView {
            job_id: message.message_id,
            status: message.status,
            priority: message.priority,
            scheduled_at: message.scheduled_at.map(Time),
            created_at: Time(message.created_at),
            warnings: self.1.iter().map(warning_view).collect(),
        }
    }
}

const fn warning_view(warning: &Warning) -> WarningView {
    WarningView { pointer: warning.pointer, code: Warning::CODE, detail: warning.detail }
}

/// A message, with all that is known about its way.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Message"))]
pub struct MessageView<'a> {
    /// Its id, the `jobId` of the answer that accepted it.
    pub id: MessageId,
    /// Its session.
    pub session_id: SessionId,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// Whether you sent it, or a contact did.
    pub direction: Direction,
    /// The contact's number, or the chat that you sent it to; null when a message came in and WhatsApp hides the number.
    pub to: Option<&'a str>,
    /// Who sent an inbound message.
    pub from: Option<&'a str>,
    /// `text`, `image`, `file`, `audio`, `video`, or another kind that came in.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Its text.
    pub message: Option<&'a str>,
    /// Where its media is fetched from.
    pub media_url: Option<&'a str>,
    /// The text below its media.
    pub media_caption: Option<&'a str>,
    /// The name of its media's file, if you gave one.
    pub file_name: Option<&'a str>,
    /// The type of its media, if you gave one.
    pub mime_type: Option<&'a str>,
    /// Whether a link in its text is shown with a preview, if you said so.
    pub link_preview: Option<bool>,
    /// How urgent it is: 1 before 5 before 10.
    pub priority: Priority,
    /// Its state.
    pub status: Status,
    /// How many times the provider was called for it.
    pub attempts: u32,
    /// Why it failed, or why the last attempt did.
    pub error: Option<&'a MessageError>,
    /// The provider's id of it.
    pub provider_message_id: Option<&'a str>,
    /// What a queued message waits for.
    pub waiting: Option<WaitingView>,
    /// When you want it sent, if not at once.
    pub scheduled_at: Option<Time>,
    /// When it was accepted, or sent by a contact.
    pub created_at: Time,
    /// When it was stored.
    pub queued_at: Option<Time>,
    /// When its last attempt began.
    pub sending_at: Option<Time>,
    /// When the provider took it.
    pub sent_at: Option<Time>,
    /// When it was reported as delivered.
    pub delivered_at: Option<Time>,
    /// When it was reported as read.
    pub read_at: Option<Time>,
    /// When it failed.
    pub failed_at: Option<Time>,
    /// When it came in.
    pub received_at: Option<Time>,
    /// When it was cancelled.
    pub cancelled_at: Option<Time>,
    /// What else is known of an inbound message.
    pub inbound: Option<InboundView<'a>>,
}

/// Why a message waits.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct WaitingView {
    /// Such as `scheduled`, `gap`, `in_line`, `quiet_hours`, `campaign_paused`, or the reason of the session's hold.
    pub reason: &'static str,
    /// It is not sent before this time.
    pub until: Option<Time>,
}

/// What else is known of an inbound message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct InboundView<'a> {
    /// Who sent it, by the provider's name, when WhatsApp hides the number.
    pub sender_id: Option<&'a str>,
    /// The sender's own name at WhatsApp.
    pub contact_name: Option<&'a str>,
    /// The provider's id of the message that it answers or reacts to.
    pub reply_to: Option<&'a str>,
    /// The provider's id of its media, where there is no URL.
    pub media_id: Option<&'a str>,
    /// The type of its media, such as `image/jpeg`.
    pub mime_type: Option<&'a str>,
    /// The name of its file.
    pub file_name: Option<&'a str>,
    /// What else the provider says of its kind, as JSON.
    pub details: Option<&'a str>,
}

/// A message with all that is known about its way, and what it waits for; absent times are null.
pub fn message_view(message: &Message, waiting: Option<Waiting>) -> MessageView<'_> {
    let (content, times) = (&message.content, &message.times);
    MessageView {
        id: message.message_id,
        session_id: message.session_id,
        campaign_id: message.campaign_id,
        direction: message.direction,
        to: contact(message),
        from: message.from.as_ref().map(PhoneNumber::digits),
        kind: type_name(message),
        message: content.text.as_deref(),
        media_url: content.media_url.as_deref(),
        media_caption: content.media_caption.as_deref(),
        file_name: content.file_name.as_deref(),
        mime_type: content.mime_type.as_deref(),
        link_preview: content.link_preview,
        priority: message.priority,
        status: message.status,
        attempts: message.attempts,
        error: message.error.as_ref(),
        provider_message_id: message.provider_message_id.as_deref(),
        waiting: waiting.map(|w| WaitingView { reason: w.reason, until: w.until.map(Time) }),
        scheduled_at: message.scheduled_at.map(Time),
        created_at: Time(message.created_at),
        queued_at: times.queued_at.map(Time),
        sending_at: times.sending_at.map(Time),
        sent_at: times.sent_at.map(Time),
        delivered_at: times.delivered_at.map(Time),
        read_at: times.read_at.map(Time),
        failed_at: times.failed_at.map(Time),
        received_at: times.received_at.map(Time),
        cancelled_at: times.cancelled_at.map(Time),
        inbound: message.inbound.as_ref().map(inbound_view),
    }
}

fn inbound_view(inbound: &Inbound) -> InboundView<'_> {
    InboundView {
        sender_id: inbound.sender_id.as_deref(),
        contact_name: inbound.contact_name.as_deref(),
        reply_to: inbound.reply_to.as_deref(),
        media_id: inbound.media_id.as_deref(),
        mime_type: inbound.mime_type.as_deref(),
        file_name: inbound.file_name.as_deref(),
        details: inbound.details.as_deref(),
    }
}

/// What it is: one of the types that can be sent, or the kind that came in.
pub(super) fn type_name(message: &Message) -> &str {
    let kind = message.inbound.as_ref().and_then(|inbound| inbound.kind.as_deref());
    kind.unwrap_or(message.content.content_type.name())
}

/// The contact; none when it wrote and WhatsApp hides its number.
pub(super) fn contact(message: &Message) -> Option<&str> {
    let is_hidden = message.inbound.as_ref().is_some_and(|inbound| inbound.sender_id.is_some());
    (!is_hidden).then(|| message.to.as_str())
}
