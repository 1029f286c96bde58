//! The table of messages: one row is one message, and each change is one conditional write.

mod lines;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::message::pending::PendingKey;
use domain::message::report::{Report, is_looked_up};
use domain::message::{Direction, Message, MessageError};
use domain::reading::listing::Entry;
use domain::reading::projection::Seen;
use domain::sending::attempt::Progress;
use domain::values::contact::Contact;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{self, Cancelled, Claim, Recorded, Reported};
use uuid::Uuid;

use crate::event::{Event, Row};
use crate::listing::Stream;
use crate::message_writes::{apply, apply_report, bears, out_of_line};

/// A write's answer, and what it changed.
pub(crate) type Written<R> = (R, Option<Event>);

#[derive(Default)]
struct Partition {
    rows: BTreeMap<MessageId, Box<Message>>,
    /// The local index, with the time since when each place is taken.
    pending: BTreeMap<PendingKey, Timestamp>,
    /// For reads that lag behind, when anybody makes them: the index before each of its latest changes.
    history: VecDeque<(Timestamp, PendingKey, bool)>,
}

/// Rows, the local index of what waits, and the global one by account.
#[derive(Default)]
pub(crate) struct MessageTable {
    partitions: BTreeMap<SessionId, Partition>,
    by_account: BTreeMap<(AccountId, MessageId), (SessionId, Timestamp)>,
    /// How far back the index can be read, in milliseconds; zero keeps no history.
    pub(crate) history_ms: i64,
    /// What has changed, in order.
    pub(crate) stream: Stream,
    /// The first message to each contact, and since when the conversations show it.
    first_outbound: BTreeMap<(SessionId, Contact), (MessageId, Timestamp)>,
    /// Who has written, and since when the conversations show it.
    has_written: BTreeMap<(SessionId, Contact), Timestamp>,
    /// Who was noted as written to.
    pub(crate) written_to: BTreeSet<(SessionId, Contact)>,
    /// The chats that were kept.
    pub(crate) chats: BTreeMap<(SessionId, Contact), ports::Chat>,
    /// Rows that cannot be read as messages.
    pub(crate) malformed: BTreeSet<MessageKey>,
}

/// What a checker wants to know of a row.
pub(crate) fn row(message: &Message) -> Row {
    Row {
        status: message.status,
        attempts: message.attempts,
        fence: message.fence,
        place: message.pending_key,
        outcome_unknown: is_unknown(message),
    }
}

fn is_unknown(message: &Message) -> bool {
    message.error.as_ref().is_some_and(|error| error.code == MessageError::OUTCOME_UNKNOWN)
}

impl MessageTable {
    /// Stores a message whose id is not taken; `indexed_at` is when the global index will know of it.
    pub(crate) fn put(&mut self, message: &Message, now: Timestamp, indexed_at: Timestamp) -> Option<Event> {
        if self.get(message.key()).is_some() {
            return None;
        }
        self.by_account.insert((message.account_id, message.message_id), (message.session_id, indexed_at));
        if let Some(place) = message.pending_key {
            self.take_place(message.session_id, place, now);
        }
        let contact = (message.session_id, message.to.clone());
        match message.direction {
            Direction::Outbound => {
                self.first_outbound.entry(contact).or_insert((message.message_id, indexed_at));
            }
            Direction::Inbound => {
                self.has_written.entry(contact).or_insert(indexed_at);
            }
        }
        let rows = &mut self.partitions.entry(message.session_id).or_default().rows;
        rows.insert(message.message_id, Box::new(message.clone()));
        self.stream.note(message.key(), None, Some(Seen::of(message)));
        Some(Event::Stored(message.key(), row(message)))
    }

    pub(crate) fn get(&self, key: MessageKey) -> Option<&Message> {
        self.partitions.get(&key.session_id)?.rows.get(&key.message_id).map(|message| &**message)
    }

    pub(crate) fn locate(&self, account: AccountId, id: MessageId, now: Timestamp) -> Option<MessageKey> {
        let (session_id, indexed_at) = *self.by_account.get(&(account, id))?;
        (indexed_at <= now).then_some(MessageKey { session_id, message_id: id })
    }

    /// The rows of a session.
    pub(crate) fn rows(&self, session_id: SessionId) -> impl Iterator<Item = &Message> {
        self.partitions.get(&session_id).into_iter().flat_map(|p| p.rows.values().map(|message| &**message))
    }

    /// The message that a provider knows by this id.
    pub(crate) fn find(&self, session_id: SessionId, id: &str) -> Option<MessageId> {
        let has_id = |message: &&Message| message.provider_message_id.as_deref() == Some(id);
        let sent = |message: &&Message| message.direction == Direction::Outbound && is_looked_up(id);
        self.rows(session_id).filter(has_id).find(sent).map(|message| message.message_id)
    }

    /// The messages of unknown outcome.
    pub(crate) fn unsettled(&self, session_id: SessionId) -> Vec<Message> {
        let failed = self.rows(session_id).filter(|message| message.status == Status::Failed);
        failed.filter(|message| is_unknown(message)).cloned().collect()
    }

    /// A session's messages, the newest first, those older than `before`.
    pub(crate) fn newest_in(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
    ) -> impl Iterator<Item = &Message> {
        let end = before.unwrap_or(MessageId::from_uuid(Uuid::max()));
        let rows = self.partitions.get(&session_id).map(|partition| partition.rows.range(..end).rev());
        rows.into_iter().flatten().map(|(_, message)| &**message)
    }

    /// What the global index knows of an account's messages, the newest first, those older than `before`.
    pub(crate) fn newest_of(
        &self,
        account_id: AccountId,
        before: Option<MessageId>,
        now: Timestamp,
    ) -> impl Iterator<Item = Entry> {
        let first = MessageId::from_uuid(Uuid::nil());
        let end = before.unwrap_or(MessageId::from_uuid(Uuid::max()));
        let known = self.by_account.range((account_id, first)..(account_id, end)).rev();
        let known = known.filter(move |(_, (_, indexed_at))| *indexed_at <= now);
        known.filter_map(|((_, message_id), (session_id, _))| {
            let key = MessageKey { session_id: *session_id, message_id: *message_id };
            let message = self.get(key)?;
            Some(Entry { key, to: message.to.clone(), direction: message.direction })
        })
    }

    /// Whether a message goes to a new contact, as far as the conversations show.
    pub(crate) fn is_new_contact(&self, key: MessageKey, now: Timestamp) -> bool {
        let Some(message) = self.get(key) else { return false };
        let contact = (key.session_id, message.to.clone());
        if self.written_to.contains(&contact) || self.has_written.get(&contact).is_some_and(|at| *at <= now) {
            return false;
        }
        let first = self.first_outbound.get(&contact).filter(|(_, indexed_at)| *indexed_at <= now);
        let first = first.and_then(|(first, _)| self.get(MessageKey { message_id: *first, ..key }));
        first.is_none_or(|first| {
            first.message_id == key.message_id
                || !matches!(first.status, Status::Sent | Status::Delivered | Status::Read)
        })
    }

    /// Puts a cancelled message where it is absent or untouched; `false` when it is neither.
    pub(crate) fn withdraw(&mut self, withdrawn: &Message, now: Timestamp) -> Written<bool> {
        let key = withdrawn.key();
        match self.get(key) {
            None => {
                let _ = self.put(withdrawn, now, now);
            }
            Some(row) if row.status == Status::Queued && row.fence == Fence::default() => {
                let _ = self.change(key, now, |row| row.clone_from(withdrawn));
            }
            Some(_) => return (false, None),
        }
        (true, Some(Event::Withdrawn(key)))
    }

    /// Changes a row; the index follows by itself.
    fn change(
        &mut self,
        key: MessageKey,
        now: Timestamp,
        change: impl FnOnce(&mut Message),
    ) -> Option<Event> {
        let rows = &mut self.partitions.get_mut(&key.session_id)?.rows;
        let message = rows.get_mut(&key.message_id)?;
        let (before, shown) = (row(message), Seen::of(message));
        change(message);
        let after = row(message);
        self.stream.note(key, Some(shown), Some(Seen::of(message)));
        if before.place != after.place {
            if let Some(place) = before.place {
                self.leave_place(key.session_id, place, now);
            }
            if let Some(place) = after.place {
                self.take_place(key.session_id, place, now);
            }
        }
        (before != after).then_some(Event::Changed(key, before, after))
    }

    fn take_place(&mut self, session_id: SessionId, place: PendingKey, now: Timestamp) {
        self.partitions.entry(session_id).or_default().pending.insert(place, now);
        self.remember(session_id, now, place, true);
    }

    fn leave_place(&mut self, session_id: SessionId, place: PendingKey, now: Timestamp) {
        self.partitions.entry(session_id).or_default().pending.remove(&place);
        self.remember(session_id, now, place, false);
    }

    fn remember(&mut self, session_id: SessionId, now: Timestamp, place: PendingKey, came: bool) {
        if self.history_ms == 0 {
            return;
        }
        let oldest = now.plus_millis(-self.history_ms);
        let history = &mut self.partitions.entry(session_id).or_default().history;
        history.push_back((now, place, came));
        while history.front().is_some_and(|(at, ..)| *at < oldest) {
            history.pop_front();
        }
    }

    /// The rows of a campaign from one of them on, in their order: at most `limit`, each with its state.
    pub(crate) fn campaign_rows(
        &self,
        session_id: SessionId,
        campaign_id: CampaignId,
        from_row: u32,
        limit: usize,
    ) -> Vec<(u32, Status)> {
        let Some(partition) = self.partitions.get(&session_id) else { return Vec::new() };
        let range = campaign_id.message(from_row)..campaign_id.behind_messages();
        let rows = partition.rows.range(range).take(limit);
        rows.map(|(id, message)| (campaign_id.row(*id), message.status)).collect()
    }

    /// Gives up a waiting message that may have been sent: `failed`, its error as it is.
    pub(crate) fn give_up(&mut self, key: MessageKey, at: Timestamp, now: Timestamp) -> Option<Event> {
        let message = self.get(key)?;
        if message.status != Status::Queued || !is_unknown(message) {
            return None;
        }
        self.change(key, now, |message| {
            message.status = Status::Failed;
            message.times.failed_at = Some(at);
            out_of_line(message, at);
        })
    }

    /// `queued` → `sending` under a higher fence.
    pub(crate) fn claim(
        &mut self,
        key: MessageKey,
        fence: Fence,
        at: Timestamp,
        any_fence: bool,
    ) -> Written<Claim> {
        let Some(message) = self.get(key) else { return (Claim::Refused(None), None) };
        let mut event = None;
        if message.status == Status::Queued && (message.fence < fence || any_fence) {
            event = self.change(key, at, |message| {
                message.status = Status::Sending;
                message.fence = fence;
                message.times.sending_at = Some(at);
            });
        }
        match self.row(key) {
            Some(row) if row.status() == Status::Sending && row.fence() == fence => {
                (Claim::Claimed(row), event)
            }
            other => (Claim::Refused(other), event),
        }
    }

    /// A row as far as it can be read.
    pub(crate) fn row(&self, key: MessageKey) -> Option<ports::Row> {
        let message = self.get(key)?.clone();
        Some(if self.malformed.contains(&key) {
            let Message { status, fence, attempts, .. } = message;
            ports::Row::Malformed { status, fence, attempts, why: "unreadable".to_owned() }
        } else {
            ports::Row::Message(Box::new(message))
        })
    }

    /// Stores what an attempt came to, if the row is still `sending` under the fence.
    pub(crate) fn record(
        &mut self,
        place: PendingKey,
        session_id: SessionId,
        fence: Option<Fence>,
        progress: &Progress,
        now: Timestamp,
    ) -> Written<Recorded> {
        let key = MessageKey { session_id, message_id: place.message_id };
        let Some(message) = self.get(key) else { return (Recorded::No, None) };
        if message.status == Status::Sending && fence.is_none_or(|fence| message.fence == fence) {
            let event = self.change(key, now, |message| apply(message, place.priority, progress));
            return (Recorded::Yes, event);
        }
        let done_before = fence.is_some_and(|fence| bears(message, place.priority, fence, progress));
        (if done_before { Recorded::Yes } else { Recorded::No }, None)
    }

    /// Gives a waiting row a fence, if that is higher.
    pub(crate) fn fence_off(&mut self, key: MessageKey, fence: Fence, now: Timestamp) -> Option<Event> {
        let message = self.get(key)?;
        if message.status != Status::Queued || message.fence >= fence {
            return None;
        }
        self.change(key, now, |message| message.fence = fence)
    }

    /// `queued` → `cancelled`.
    pub(crate) fn cancel(
        &mut self,
        key: MessageKey,
        at: Timestamp,
        now: Timestamp,
        any: bool,
    ) -> Written<Cancelled> {
        let Some(message) = self.get(key) else { return (Cancelled::NotFound, None) };
        let mut event = None;
        let may_be_sent = message.error.as_ref().is_some_and(MessageError::is_outcome_unknown);
        if message.status == Status::Queued && !may_be_sent || any && message.status != Status::Cancelled {
            event = self.change(key, now, |message| {
                message.status = Status::Cancelled;
                message.times.cancelled_at = Some(at);
                out_of_line(message, at);
            });
        }
        match self.get(key) {
            None => (Cancelled::NotFound, event),
            Some(row) if row.status == Status::Cancelled => (Cancelled::Yes(Box::new(row.clone())), event),
            Some(row) => (Cancelled::TooLate(row.status), event),
        }
    }

    /// Moves a message forward, never back.
    pub(crate) fn report(&mut self, key: MessageKey, report: &Report, any: bool) -> Written<Reported> {
        let next = report.status;
        let Some(message) = self.get(key) else { return (Reported::NotFound, None) };
        let open = message.status != Status::Failed || is_unknown(message);
        if any || open && message.status.may_be_reported(next) {
            return (Reported::Applied, self.change(key, report.at, |message| apply_report(message, report)));
        }
        match message.status {
            Status::Queued | Status::Sending => (Reported::TooEarly, None),
            Status::Sent
            | Status::Delivered
            | Status::Read
            | Status::Failed
            | Status::Received
            | Status::Cancelled => (Reported::NothingNew, None),
        }
    }
}
