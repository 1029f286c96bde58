//! Lists of messages and conversations: pages of bounded size, the newest first.

use domain::message::Message;
use domain::reading::listing::{Bookmark, Entry};
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::time::Timestamp;

use super::PortError;

/// A part of a list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// The last that was looked at, if there may be more behind it.
    pub next: Option<MessageId>,
    /// How many bytes were read for it, as they are billed.
    pub read_bytes: usize,
}

/// Messages that were asked for by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The messages that exist, in any order.
    pub messages: Vec<Message>,
    /// How many bytes were read for them, as they are billed.
    pub read_bytes: usize,
}

/// Looking through an account's messages, the newest first. A row that is no message is left out.
pub trait ListMessages {
    /// What the index knows of an account's messages, those older than `before`, at most `limit`. Eventually
    /// consistent: a very young message may be missing.
    async fn entries(
        &self,
        account_id: AccountId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Entry>, PortError>;

    /// The messages of these keys, at most a hundred. Eventually consistent.
    async fn many(&self, keys: &[MessageKey]) -> Result<Batch, PortError>;
}

/// Looking through a session's messages, the newest first. A row that is no message is left out.
pub trait ListSessionMessages {
    /// A session's messages, those older than `before`, at most `limit`. Strongly consistent.
    async fn of_session(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Message>, PortError>;
}

/// Remembering where the pages of a list begin.
pub trait KeepBookmarks {
    /// Remembers where a page of a list begins, for a while from `now` on.
    async fn put_bookmark(
        &self,
        list: &str,
        page: usize,
        bookmark: Bookmark,
        now: Timestamp,
    ) -> Result<(), PortError>;

    /// Where a page of a list begins, if an earlier request stored that and it has not expired.
    async fn bookmark(&self, list: &str, page: usize, now: Timestamp) -> Result<Option<Bookmark>, PortError>;
}

/// With whom a session talks: the number of its contact.
pub type ConversationKey = (SessionId, Contact);

/// The stored data of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// How many messages went to the contact.
    pub outbound: u64,
    /// How many came from the contact.
    pub inbound: u64,
    /// What the contact last called themselves.
    pub contact_name: Option<String>,
}

/// Looking conversations up.
pub trait ReadConversations {
    /// These conversations, at most a hundred, in any order; those that were not counted yet are missing. Eventually
    /// consistent.
    async fn conversations(
        &self,
        keys: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, Conversation)>, PortError>;
}
