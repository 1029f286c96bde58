//! A message and a session for the tests of the providers.

use domain::message::{Content, Message, NewMessage, Retention};
use domain::session::{ProviderConfig, Session};
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

/// When all of it was made.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A text on its way to a number.
pub(crate) fn message(to: &str) -> Message {
    let new = NewMessage {
        session_id: SessionId::new(NOW, 1),
        message_id: MessageId::new(NOW, 2),
        account_id: AccountId::new(NOW, 3),
        to: Contact::parse(to).unwrap(),
        content: Content::text("hi"),
        priority: Priority::Normal,
        scheduled_at: None,
        created_at: NOW,
        retention: Retention::default(),
    };
    Message { status: Status::Sending, ..Message::queued(new) }
}

/// A sandbox session.
pub(crate) fn session() -> Session {
    Session::new(SessionId::new(NOW, 1), AccountId::new(NOW, 3), "test", ProviderConfig::Sandbox, NOW)
}
