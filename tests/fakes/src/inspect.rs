//! What checkers and tests may see of the tables, without a port and without faults.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::session::{Session, SessionState};
use domain::values::ids::{MessageKey, SessionId};
use domain::values::time::Timestamp;

use crate::World;

impl World {
    /// A message as it is stored.
    pub fn message(&self, key: MessageKey) -> Option<Message> {
        self.messages.borrow().get(key).cloned()
    }

    /// All messages of a session.
    pub fn messages_of(&self, session_id: SessionId) -> Vec<Message> {
        self.messages.borrow().rows(session_id).cloned().collect()
    }

    /// Visits the messages that stand before a place in a session's line, in sending order, each with the time since
    /// when it has its place, until the visitor has seen enough.
    pub fn visit_line(
        &self,
        session_id: SessionId,
        before: PendingKey,
        mut visit: impl FnMut(PendingKey, Timestamp, &Message) -> bool,
    ) {
        let messages = self.messages.borrow();
        for (place, since) in messages.places_before(session_id, before) {
            let key = MessageKey { session_id, message_id: place.message_id };
            if let Some(message) = messages.get(key)
                && !visit(place, since, message)
            {
                return;
            }
        }
    }

    /// A session and its pacer.
    pub fn session(&self, session_id: SessionId) -> Option<SessionState> {
        self.sessions.borrow().load(session_id).cloned()
    }

    /// Stores a session, known everywhere at once.
    pub fn put_session(&self, session: &Session) {
        self.sessions.borrow_mut().put(session, self.now());
    }

    /// Stores a message, known everywhere at once.
    pub fn put_message(&self, message: &Message) {
        let event = self.messages.borrow_mut().put(message, self.now(), self.now());
        self.tell(event);
    }

    /// Makes a row unreadable: a claim of it is malformed, and getting it is an error.
    pub fn corrupt(&self, key: MessageKey) {
        self.messages.borrow_mut().malformed.insert(key);
    }

    /// Keeps what is needed to read lines as they were up to two seconds ago ([`crate::Sabotage::StaleSurvey`]).
    pub fn keep_history(&self) {
        self.messages.borrow_mut().history_ms = 2 * crate::survey_sabotage::STALE_MS;
    }
}
