//! Telling new contacts from others, and keeping their chats.

use std::collections::BTreeSet;

use domain::message::{Direction, Message};
use domain::reading::projection::{Counter, Delta, Field, SequenceNumber};
use domain::values::ids::SessionId;
use domain::values::status::Status;
use shared::ports::{AcceptMessages, Chat, CountChanges, Counted, KeepChats, KnowContacts, PortError};

use crate::{Checked, sample};

/// All that shows who was written with: the messages, and what is counted of them.
pub trait Ledger {
    /// The contacts.
    fn contacts(&self) -> impl KnowContacts + KeepChats;
    /// The table of messages.
    fn messages(&self) -> impl AcceptMessages;
    /// The counters.
    fn counters(&self) -> impl CountChanges;
}

/// A message to a contact, which waits or not, stored and counted.
async fn stored(
    ledger: &impl Ledger,
    session_id: SessionId,
    to: &str,
    status: Status,
) -> Result<Message, PortError> {
    let to = sample::phone(to);
    let direction = if status == Status::Received { Direction::Inbound } else { Direction::Outbound };
    let waits = matches!(status, Status::Queued | Status::Sending);
    let message = sample::message(session_id);
    let pending_key = message.pending_key.filter(|_| waits);
    let message = Message { to: to.clone(), status, direction, pending_key, ..message };
    ledger.messages().put(&message).await?;
    let field = if direction == Direction::Inbound { Field::Inbound } else { Field::Outbound };
    let first_outbound = (direction == Direction::Outbound).then_some(message.message_id);
    let adds = [(field, 1)].into();
    let delta = Delta {
        first: at(&message),
        last: at(&message),
        adds,
        expires_at: 4_000_000_000,
        contact_name: None,
        first_outbound,
    };
    let counter = Counter::Conversation { session_id, to };
    assert_eq!(ledger.counters().add(&counter, &delta, sample::NOW).await?, Counted::Yes);
    Ok(message)
}

fn at(message: &Message) -> SequenceNumber {
    message.message_id.as_uuid().as_u128().to_string().parse().expect("a number")
}

/// A contact stays new until a message to it was sent; messages that wait, failed or were cancelled do not count.
pub async fn a_contact_is_new_until_it_was_written_to<L: Ledger>(ledger: &L) -> Checked {
    for (status, is_new) in [
        (Status::Queued, true),
        (Status::Failed, true),
        (Status::Cancelled, true),
        (Status::Sent, false),
        (Status::Read, false),
        (Status::Received, false),
    ] {
        let session_id = sample::session_id();
        stored(ledger, session_id, "16505551111", status).await?;
        let message = Message { to: sample::phone("16505551111"), ..sample::message(session_id) };
        ledger.messages().put(&message).await?;
        let asked = [message.message_id];
        let new = ledger.contacts().new_among(session_id, &asked).await?;
        assert_eq!(new, asked.into_iter().filter(|_| is_new).collect(), "{status}");
    }
    Ok(())
}

/// If the message in question is the first one to its contact, the contact is new, whatever the message's state.
pub async fn a_message_does_not_make_its_own_contact_known<L: Ledger>(ledger: &L) -> Checked {
    for status in [Status::Queued, Status::Sent] {
        let session_id = sample::session_id();
        let message = stored(ledger, session_id, "16505551111", status).await?;
        let asked = [message.message_id];
        assert_eq!(ledger.contacts().new_among(session_id, &asked).await?, asked.into(), "{status}");
    }
    Ok(())
}

/// Many at once, of several contacts; what is not there goes to nobody new.
pub async fn many_are_asked_at_once<L: Ledger>(ledger: &L) -> Checked {
    let session_id = sample::session_id();
    stored(ledger, session_id, "16505551111", Status::Delivered).await?;
    let mut asked = vec![sample::message_id()];
    let mut new = BTreeSet::new();
    for number in 0..12 {
        let to = sample::phone(if number % 2 == 0 { "16505551111" } else { "16505552222" });
        let message = Message { to, ..sample::message(session_id) };
        ledger.messages().put(&message).await?;
        asked.push(message.message_id);
        if number % 2 == 1 {
            new.insert(message.message_id);
        }
    }
    assert_eq!(ledger.contacts().new_among(session_id, &asked).await?, new);
    assert_eq!(ledger.contacts().new_among(session_id, &[]).await?, BTreeSet::new());
    Ok(())
}

/// At once, only in its own session, and permanently.
pub async fn a_contact_that_was_noted_is_not_new<L: Ledger>(ledger: &L) -> Checked {
    let (session_id, other) = (sample::session_id(), sample::session_id());
    let to = sample::phone("16505551111");
    let written = Message { to: to.clone(), ..sample::message(session_id) };
    for _ in 0..2 {
        ledger.contacts().note_written(&written, sample::NOW).await?;
    }
    for (session_id, is_new) in [(session_id, false), (other, true)] {
        let message = Message { to: to.clone(), ..sample::message(session_id) };
        ledger.messages().put(&message).await?;
        let new = ledger.contacts().new_among(session_id, &[message.message_id]).await?;
        assert_eq!(new.is_empty(), !is_new);
    }
    Ok(())
}

/// In its own session alone; the last word holds, and the contact stays as new as it was.
pub async fn a_chat_is_kept<L: Ledger>(ledger: &L) -> Checked {
    let (contacts, number) = (ledger.contacts(), "5511987654321");
    let message = Message { to: sample::phone(number), ..sample::message(sample::session_id()) };
    let chat = |name: &str, at| Chat { name: name.to_owned(), told_at: sample::at(at) };
    let last = chat("5511987654321@c.us", 2);
    assert_eq!(contacts.chat(&message).await?, None);
    for chat in [chat("551187654321@c.us", 1), last.clone()] {
        contacts.keep_chat(&message, &chat).await?;
        assert_eq!(contacts.chat(&message).await?, Some(chat));
    }
    let elsewhere = Message { session_id: sample::session_id(), ..message.clone() };
    assert_eq!(contacts.chat(&elsewhere).await?, None);
    ledger.messages().put(&message).await?;
    let asked = [message.message_id];
    assert_eq!(contacts.new_among(message.session_id, &asked).await?, asked.into());
    stored(ledger, message.session_id, number, Status::Sent).await?;
    assert_eq!(contacts.chat(&message).await?, Some(last), "counting keeps it");
    Ok(())
}
