//! Lists of messages: which messages are wanted, and where a list goes on.

use crate::message::{Direction, Message};
use crate::values::contact::Contact;
use crate::values::ids::{MessageId, MessageKey, SessionId};
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// Which messages of an account are wanted. What is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Only messages in this state.
    pub status: Option<Status>,
    /// Only messages of this session.
    pub session_id: Option<SessionId>,
    /// Only messages to or from this contact.
    pub to: Option<Contact>,
    /// Only messages created at this time or later.
    pub since: Option<Timestamp>,
    /// Only messages created before this time.
    pub until: Option<Timestamp>,
}

/// What the index by account knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the message is.
    pub key: MessageKey,
    /// Its contact.
    pub to: Contact,
    /// Which way it went.
    pub direction: Direction,
}

impl Filters {
    /// The place in the list, the newest first, behind which all wanted messages stand: the first id of the end of the
    /// time that is asked for, since ids follow from when messages were created.
    pub fn begin(&self) -> Option<MessageId> {
        self.until.map(MessageId::first_of)
    }

    /// Whether a message, and with it everything behind it in the list, was created before the time that is asked for.
    pub fn are_behind(&self, id: MessageId) -> bool {
        self.since.is_some_and(|since| id.created_at().is_some_and(|at| at < since))
    }

    /// Whether a message is wanted.
    pub fn want(&self, message: &Message) -> bool {
        self.status.is_none_or(|status| message.status == status)
            && self.session_id.is_none_or(|session_id| message.session_id == session_id)
            && self.to.as_ref().is_none_or(|to| message.to == *to)
    }

    /// Whether a message may be wanted, as far as the index can tell.
    pub fn may_want(&self, entry: &Entry) -> bool {
        let fits = |status| (status == Status::Received) == (entry.direction == Direction::Inbound);
        self.status.is_none_or(fits)
            && self.session_id.is_none_or(|session_id| entry.key.session_id == session_id)
            && self.to.as_ref().is_none_or(|to| entry.to == *to)
    }

    /// Whether the index alone shows which messages match. It lacks the state, which changes, except
    /// that every inbound message is `received`.
    pub fn are_told_by_index(&self) -> bool {
        self.status.is_none_or(|status| status == Status::Received)
    }

    /// Whether the session is the only filter.
    pub const fn is_any_message(&self) -> bool {
        self.status.is_none() && self.to.is_none()
    }
}

impl std::fmt::Display for Filters {
    /// One text for the same filters, and never for others.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.map_or("", Status::name);
        let session_id = self.session_id.map(|id| id.to_string()).unwrap_or_default();
        let to = self.to.as_ref().map_or("", Contact::as_str);
        write!(f, "{status}#{session_id}#{to}")?;
        for (name, time) in [("since", self.since), ("until", self.until)] {
            if let Some(time) = time {
                write!(f, "#{name}={}", time.as_millis())?;
            }
        }
        Ok(())
    }
}

/// Where a page of a list begins, as the page before has left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// The newest message on the first page: the mark of one walk through the list.
    pub walk: MessageId,
    /// The page begins after this message; `None` when nothing is left.
    pub after: Option<MessageId>,
}

/// Where to begin, and how many wanted messages to pass over from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// There.
    At {
        /// After this message; `None` for the newest.
        after: Option<MessageId>,
        /// How many messages that match are skipped first.
        skip: usize,
    },
    /// Nothing is left for that page.
    End,
}

/// Where page `page` begins: where the page before it ended, if that was noted on the same walk. Else this many messages after
/// the beginning of the second page, or after the newest message.
pub fn start(page: usize, limit: usize, second: Option<Bookmark>, own: Option<Bookmark>) -> Start {
    if page <= 1 {
        return Start::At { after: None, skip: 0 };
    }
    let Some(second) = second else {
        return Start::At { after: None, skip: (page - 1).saturating_mul(limit) };
    };
    let own = own.filter(|own| own.walk == second.walk);
    let (mark, skip) = own.map_or((second, (page - 2).saturating_mul(limit)), |own| (own, 0));
    match mark.after {
        Some(after) => Start::At { after: Some(after), skip },
        None => Start::End,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> MessageId {
        MessageId::new(Timestamp::EPOCH, n)
    }

    #[test]
    fn a_page_begins_where_the_one_before_it_ended() {
        let mark = |walk, after| Some(Bookmark { walk: id(walk), after: Some(id(after)) });
        let at = |after: Option<u128>, skip| Start::At { after: after.map(id), skip };
        for (page, second, own, expected) in [
            (1, mark(9, 7), None, at(None, 0)),
            (2, mark(9, 7), mark(9, 7), at(Some(7), 0)),
            (3, mark(9, 7), mark(9, 5), at(Some(5), 0)),
            (3, mark(9, 7), mark(8, 5), at(Some(7), 20)),
            (4, mark(9, 7), None, at(Some(7), 40)),
            (4, None, mark(9, 5), at(None, 60)),
        ] {
            assert_eq!(start(page, 20, second, own), expected, "{page}");
        }
        let end = Some(Bookmark { walk: id(9), after: None });
        assert_eq!(start(2, 20, end, end), Start::End);
        assert_eq!(start(usize::MAX, usize::MAX, None, None), at(None, usize::MAX));
    }

    #[test]
    fn other_filters_are_another_text() {
        let filters = [
            Filters::default(),
            Filters { status: Some(Status::Sent), ..Filters::default() },
            Filters { session_id: Some(SessionId::new(Timestamp::EPOCH, 1)), ..Filters::default() },
            Filters { to: Contact::parse("16505551234").ok(), ..Filters::default() },
            Filters { since: Some(Timestamp::EPOCH), ..Filters::default() },
            Filters { until: Some(Timestamp::EPOCH), ..Filters::default() },
        ];
        for (n, a) in filters.iter().enumerate() {
            assert!(filters[n + 1..].iter().all(|b| a.to_string() != b.to_string()), "{a}");
        }
    }
}
