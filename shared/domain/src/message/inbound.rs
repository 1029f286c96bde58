//! Messages that come in from contacts.

use crate::limits::{INBOUND_AGE_MAX_MS, INBOUND_AHEAD_MAX_MS, TEXT_MAX_CHARS};
use crate::message::{Content, Inbound, Message, NewMessage, Retention};
use crate::values::contact::Contact;
use crate::values::ids::{AccountId, MessageId, SessionId};
use crate::values::phone::PhoneNumber;
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// Who sent an inbound message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A contact whose number is known.
    Phone(PhoneNumber),
    /// A contact whose number WhatsApp hides, and the whole name that the provider has for it.
    Hidden(Contact, String),
}

impl From<Contact> for Sender {
    fn from(contact: Contact) -> Self {
        match contact {
            Contact::Number(number) => Self::Phone(number),
            other => {
                let name = other.to_string();
                Self::Hidden(other, name)
            }
        }
    }
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The provider's id of it.
    pub provider_message_id: String,
    /// When it was sent.
    pub at: Timestamp,
    /// Who sent it.
    pub sender: Sender,
    /// What.
    pub content: Content,
    /// What else is known.
    pub inbound: Inbound,
}

impl Arrival {
    /// Whether its time can be true. One from far ahead would stand before all other messages for ever.
    pub fn is_timely(&self, now: Timestamp) -> bool {
        (-INBOUND_AHEAD_MAX_MS..INBOUND_AGE_MAX_MS).contains(&now.millis_since(self.at))
    }
}

/// The message that is stored. Its id follows from when it was sent and from `digest`, a hash of its session and of the
/// provider's id, so that it is the same however often it comes.
pub fn message(
    (account_id, session_id): (AccountId, SessionId),
    arrival: Arrival,
    digest: u128,
    now: Timestamp,
    retention: Retention,
) -> Message {
    let Arrival { provider_message_id, at, sender, content, inbound } = arrival;
    let (to, from, sender_id) = match sender {
        Sender::Phone(phone) => (phone.clone().into(), Some(phone), None),
        Sender::Hidden(contact, name) => (contact, None, Some(name)),
    };
    let content = Content {
        text: content.text.map(|text| shortened(&text)),
        media_caption: content.media_caption.map(|caption| shortened(&caption)),
        ..content
    };
    let new = NewMessage {
        session_id,
        message_id: MessageId::new(at, digest),
        account_id,
        to,
        content,
        priority: Priority::Normal,
        scheduled_at: None,
        created_at: at,
        retention,
    };
    Message {
        from,
        provider_message_id: Some(provider_message_id),
        inbound: Some(Inbound { sender_id, ..inbound }).filter(|inbound| *inbound != Inbound::default()),
        ..Message::received(new, now)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_MAX_CHARS).collect()
}
