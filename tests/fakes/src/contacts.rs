//! The ports about contacts.

use std::collections::BTreeSet;

use domain::message::Message;
use domain::values::ids::{MessageId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use shared::ports::{Chat, KeepChats, KnowContacts, PortError};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::faults::Sabotage;

/// The contacts, as one caller sees them.
#[derive(Clone, Debug)]
pub struct Contacts {
    caller: Caller,
}

impl Caller {
    /// The contacts.
    pub fn contacts(&self) -> Contacts {
        Contacts { caller: self.clone() }
    }
}

impl KnowContacts for Contacts {
    async fn new_among(
        &self,
        session_id: SessionId,
        messages: &[MessageId],
    ) -> Result<BTreeSet<MessageId>, PortError> {
        let asked = messages.to_vec();
        let look = move |world: &World| {
            let (table, now) = (world.messages.borrow(), world.now());
            let is_new = |message_id: &&MessageId| {
                let key = MessageKey { session_id, message_id: **message_id };
                table.is_new_contact(key, now) && !world.without(Sabotage::ContactsUnasked)
            };
            Ok(asked.iter().filter(is_new).copied().collect())
        };
        self.caller.call(Kind::Read, "contacts.new_among", look).await
    }

    async fn note_written(&self, message: &Message, _now: Timestamp) -> Result<(), PortError> {
        let contact = (message.session_id, message.to.clone());
        let note = move |world: &World| {
            world.messages.borrow_mut().written_to.insert(contact.clone());
            Ok(())
        };
        self.caller.call(Kind::Write, "contacts.note_written", note).await
    }
}

impl KeepChats for Contacts {
    async fn chat(&self, message: &Message) -> Result<Option<Chat>, PortError> {
        let contact = (message.session_id, message.to.clone());
        let look = move |world: &World| Ok(world.messages.borrow().chats.get(&contact).cloned());
        self.caller.call(Kind::Read, "contacts.chat", look).await
    }

    async fn keep_chat(&self, message: &Message, chat: &Chat) -> Result<(), PortError> {
        let (contact, chat) = ((message.session_id, message.to.clone()), chat.clone());
        let keep = move |world: &World| {
            world.messages.borrow_mut().chats.insert(contact.clone(), chat.clone());
            Ok(())
        };
        self.caller.call(Kind::Write, "contacts.keep_chat", keep).await
    }
}
