//! Which contacts a session has written with, according to its messages and conversations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::Client;
use domain::message::Message;
use domain::values::contact::Contact;
use domain::values::ids::{MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::items::{self, Item};
use super::keys::{
    CHAT, CHAT_TOLD_AT, EXPIRES_AT, FIRST_MESSAGE_ID, INBOUND, MESSAGE_ID, OUTBOUND, STATUS, TO, WRITTEN_AT,
    conversation_key, message_key,
};
use super::table::{Table, Update, Write, absent};
use crate::ports::{Chat, KeepChats, KnowContacts, PortError};

/// The tables of messages and of conversations.
#[derive(Clone, Debug)]
pub struct DynamoContacts {
    messages: Table,
    conversations: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    message_id: MessageId,
    to: Contact,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    message_id: MessageId,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    to: Contact,
    #[serde(default)]
    inbound: u64,
    #[serde(default)]
    outbound: u64,
    first_message_id: Option<MessageId>,
    written_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptChat {
    chat: Option<String>,
    chat_told_at: Option<Timestamp>,
}

impl Conversation {
    /// The first message to the contact, if only its state tells whether the contact is new.
    fn in_question(&self) -> Option<MessageId> {
        self.first_message_id.filter(|_| self.inbound == 0 && self.written_at.is_none())
    }

    /// Whether a message goes to a new contact. `first` is the state of the first message to the contact, if it still exists.
    fn makes_new(&self, message_id: MessageId, first: Option<Status>) -> bool {
        match self.in_question() {
            Some(question) if question == message_id => true,
            Some(_) => first.is_some_and(|status| !was_sent(status)),
            // The conversation is older than the note of its first message.
            None => self.inbound == 0 && self.written_at.is_none() && self.outbound == 0,
        }
    }
}

const fn was_sent(status: Status) -> bool {
    matches!(status, Status::Sent | Status::Delivered | Status::Read)
}

impl DynamoContacts {
    /// The tables of these names.
    pub fn new(client: Client, messages: String, conversations: String) -> Self {
        let conversations = Table::new(client.clone(), conversations);
        Self { messages: Table::new(client, messages), conversations }
    }

    async fn new_of(
        &self,
        operation: &'static str,
        session_id: SessionId,
        recipients: &BTreeMap<MessageId, Contact>,
    ) -> Result<BTreeSet<MessageId>, PortError> {
        let numbers: BTreeSet<&Contact> = recipients.values().collect();
        let wanted = numbers.into_iter().map(|to| conversation_key(session_id, to)).collect();
        let attributes = [TO, INBOUND, OUTBOUND, FIRST_MESSAGE_ID, WRITTEN_AT];
        let found: Vec<Conversation> = get_all(operation, &self.conversations, wanted, &attributes).await?;
        let firsts: BTreeSet<MessageId> = found.iter().filter_map(Conversation::in_question).collect();
        let others = firsts.into_iter().filter(|first| !recipients.contains_key(first));
        let wanted = others.map(|first| message_key(MessageKey { session_id, message_id: first })).collect();
        let states: Vec<State> = get_all(operation, &self.messages, wanted, &[MESSAGE_ID, STATUS]).await?;
        let states: BTreeMap<MessageId, Status> =
            states.into_iter().map(|state| (state.message_id, state.status)).collect();
        let conversations: BTreeMap<&Contact, &Conversation> =
            found.iter().map(|conversation| (&conversation.to, conversation)).collect();
        let is_new = |message_id: MessageId, to: &Contact| {
            let Some(conversation) = conversations.get(to) else { return true };
            let first = conversation.in_question();
            // The messages that are asked about still wait, so none of them was sent.
            let waits = first.filter(|first| recipients.contains_key(first)).map(|_| Status::Queued);
            let state = waits.or_else(|| states.get(&first?).copied());
            conversation.makes_new(message_id, state)
        };
        let new = recipients.iter().filter(|(message_id, to)| is_new(**message_id, to));
        Ok(new.map(|(message_id, _)| *message_id).collect())
    }
}

impl KnowContacts for DynamoContacts {
    async fn new_among(
        &self,
        session_id: SessionId,
        messages: &[MessageId],
    ) -> Result<BTreeSet<MessageId>, PortError> {
        let operation = "contacts.new_among";
        let key = |message_id: &MessageId| message_key(MessageKey { session_id, message_id: *message_id });
        let wanted = messages.iter().map(key).collect();
        let rows: Vec<Recipient> = get_all(operation, &self.messages, wanted, &[MESSAGE_ID, TO]).await?;
        let recipients = rows.into_iter().map(|row| (row.message_id, row.to)).collect();
        self.new_of(operation, session_id, &recipients).await
    }

    async fn note_written(&self, message: &Message, now: Timestamp) -> Result<(), PortError> {
        let write = conversation_of(message).set(WRITTEN_AT, now).only_if(absent(WRITTEN_AT));
        self.note("contacts.note_written", message, write, now).await
    }
}

impl KeepChats for DynamoContacts {
    async fn chat(&self, message: &Message) -> Result<Option<Chat>, PortError> {
        let operation = "contacts.chat";
        let key = conversation_key(message.session_id, &message.to);
        let kept: Vec<KeptChat> =
            get_all(operation, &self.conversations, vec![key], &[CHAT, CHAT_TOLD_AT]).await?;
        let chat = |kept: KeptChat| Some(Chat { name: kept.chat?, told_at: kept.chat_told_at? });
        Ok(kept.into_iter().find_map(chat))
    }

    async fn keep_chat(&self, message: &Message, chat: &Chat) -> Result<(), PortError> {
        // No condition: the latest answer is the best.
        let write = conversation_of(message).set(CHAT, &chat.name).set(CHAT_TOLD_AT, chat.told_at);
        self.note("contacts.keep_chat", message, write, chat.told_at).await
    }
}

impl DynamoContacts {
    /// Notes something about the recipient of a message. The note expires even if the conversation was dropped or is not
    /// counted yet.
    async fn note(
        &self,
        operation: &'static str,
        message: &Message,
        write: Write<Update>,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let write = write.set_if_absent(EXPIRES_AT, message.retention.after(now));
        self.conversations.write(operation, write).await.map(drop)
    }
}

/// The update of the conversation with the recipient of a message.
fn conversation_of(message: &Message) -> Write<Update> {
    Write::update(conversation_key(message.session_id, &message.to))
}

/// These attributes of many items, strongly consistent. Items that do not exist are left out.
async fn get_all<T: DeserializeOwned>(
    operation: &'static str,
    table: &Table,
    wanted: Vec<Item>,
    attributes: &[&str],
) -> Result<Vec<T>, PortError> {
    items::from_items(operation, table.get_many_strongly(operation, wanted, attributes).await?)
}
