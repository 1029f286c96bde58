//! A conversation.

use domain::message::{Direction, Message};
use domain::values::ids::{MessageId, SessionId};
use domain::values::status::Status;
use serde::Serialize;

use super::message::{contact, type_name};
use super::time::Time;
use crate::ports::Conversation;

/// A conversation of a session with a contact.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Conversation"))]
pub struct ConversationView<'a> {
    /// The contact's number; the provider's name for the contact when WhatsApp hides the number.
    pub phone: Option<&'a str>,
    /// The session.
    pub session_id: SessionId,
    /// The contact's own name at WhatsApp, once it is known.
    pub name: Option<&'a str>,
    /// The newest message.
    pub last_message: LastMessage<'a>,
    /// How many messages went each way.
    pub counts: ConversationCounts,
}

/// The newest message of a conversation.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct LastMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// Its type, as in a message.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Its text, or the text below its media.
    pub text: Option<&'a str>,
    /// Whether you sent it, or the contact did.
    pub direction: Direction,
    /// Its state.
    pub status: Status,
    /// When it was accepted, or sent by the contact.
    pub at: Time,
}

/// How many messages a conversation has.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct ConversationCounts {
    /// How many went to the contact.
    pub outbound: u64,
    /// How many came from the contact.
    pub inbound: u64,
}

/// A conversation, by its newest message. What was not kept yet is known from that message alone.
pub fn conversation_view<'a>(newest: &'a Message, kept: Option<&'a Conversation>) -> ConversationView<'a> {
    let (outbound, inbound) = match (kept, newest.direction) {
        (Some(kept), _) => (kept.outbound, kept.inbound),
        (None, Direction::Outbound) => (1, 0),
        (None, Direction::Inbound) => (0, 1),
    };
    let told = newest.inbound.as_ref().and_then(|inbound| inbound.contact_name.as_deref());
    ConversationView {
        phone: contact(newest).or_else(|| newest.inbound.as_ref()?.sender_id.as_deref()),
        session_id: newest.session_id,
        name: told.or_else(|| kept?.contact_name.as_deref()),
        last_message: LastMessage {
            id: newest.message_id,
            kind: type_name(newest),
            text: newest.content.caption(),
            direction: newest.direction,
            status: newest.status,
            at: Time(newest.created_at),
        },
        counts: ConversationCounts { outbound, inbound },
    }
}
