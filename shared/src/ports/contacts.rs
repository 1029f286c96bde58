//! With whom a session has written before.

use std::collections::BTreeSet;

use domain::message::Message;
use domain::values::ids::{MessageId, SessionId};
use domain::values::time::Timestamp;

use super::PortError;

/// Telling new contacts from others.
///
/// A contact is new until it has written itself, or was noted as written to, or the first message to it that was stored has
/// been sent. In doubt it is new: what came in may be known half a minute late.
pub trait KnowContacts {
    /// Which of these messages of a session, which were not sent yet, at most a hundred, go to new contacts. Those that are gone, or cannot
    /// be read, do not.
    async fn new_among(
        &self,
        session_id: SessionId,
        messages: &[MessageId],
    ) -> Result<BTreeSet<MessageId>, PortError>;

    /// Notes that the recipient of a message was written to. Noting it again changes nothing. Kept like
    /// [a chat](KeepChats::keep_chat).
    async fn note_written(&self, message: &Message, now: Timestamp) -> Result<(), PortError>;
}

/// A chat, by the name that its provider has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// The name.
    pub name: String,
    /// When the provider reported it.
    pub told_at: Timestamp,
}

/// The chat ids of contacts, as providers have reported them.
pub trait KeepChats {
    /// The chat with the recipient of a message, if it was kept. Strongly consistent.
    async fn chat(&self, message: &Message) -> Result<Option<Chat>, PortError>;

    /// Keeps it, in the place of another one, for as long as the conversation, and at least as long as the message would be
    /// kept.
    async fn keep_chat(&self, message: &Message, chat: &Chat) -> Result<(), PortError>;
}
