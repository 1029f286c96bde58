//! With whom a session has written before.

use std::collections::BTreeSet;

use domain::ids::{MessageId, SessionId};
use domain::phone::PhoneNumber;
use domain::time::Timestamp;

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

    /// Notes that a contact was written to. Noting it again changes nothing.
    async fn note_written(
        &self,
        session_id: SessionId,
        to: &PhoneNumber,
        now: Timestamp,
    ) -> Result<(), PortError>;
}

/// The chats with contacts, by the names that providers have told for them.
pub trait KeepChats {
    /// The chat of a session with a contact, if it was kept; one that was kept just now may be missing.
    async fn chat(&self, session_id: SessionId, to: &PhoneNumber) -> Result<Option<String>, PortError>;

    /// Keeps it, in the place of another one.
    async fn keep_chat(&self, session_id: SessionId, to: &PhoneNumber, chat: &str) -> Result<(), PortError>;
}
