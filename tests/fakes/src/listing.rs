//! Lists of messages, bookmarks and counters.

use std::collections::{BTreeMap, VecDeque};

use domain::limits::BOOKMARK_KEPT_S;
use domain::message::Message;
use domain::reading::listing::{Bookmark, Entry};
use domain::reading::projection::{Change, Counter, Delta, Field, Seen, SequenceNumber};
use domain::reading::statistics::{Day, HOUR_MS, HourTally, Tally};
use domain::tuning::QUERY_MAX_BYTES;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{
    Batch, Conversation, ConversationKey, CountChanges, Counted, KeepBookmarks, ListMessages,
    ListSessionMessages, Page, PortError, ReadConversations, ReadStatistics, ReplaceCounters,
};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::messages::Messages;

/// What one entry of the index takes, in bytes.
const ENTRY_BYTES: usize = 150;

/// Numbers of one counter, and how far they go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    through: Option<SequenceNumber>,
    counts: BTreeMap<Field, i64>,
    contact_name: Option<String>,
}

impl Numbers {
    /// A name stays until another one is reported.
    fn go_on(&mut self, delta: &Delta) {
        self.through = Some(delta.last.clone());
        self.contact_name = delta.contact_name.clone().or_else(|| self.contact_name.take());
    }
}

/// Bookmarks and counters.
#[derive(Default)]
pub(crate) struct Listing {
    bookmarks: BTreeMap<(String, usize), (Bookmark, i64)>,
    pub(crate) counters: BTreeMap<Counter, Numbers>,
    /// What reading has cost, in bytes.
    read_bytes: usize,
}

/// The stream of the messages' table, as far as anybody keeps it: one line for each session.
#[derive(Default)]
pub(crate) struct Stream {
    pub(crate) is_kept: bool,
    next: u64,
    changes: BTreeMap<SessionId, VecDeque<Change>>,
}

impl Stream {
    /// Notes a change of a row.
    pub(crate) fn note(&mut self, key: MessageKey, before: Option<Seen>, after: Option<Seen>) {
        if !self.is_kept || before == after {
            return;
        }
        self.next += 1;
        let Ok(at) = self.next.to_string().parse() else { return };
        let change = Change { at, key, before, after, waits: false, is_expiry: false };
        self.changes.entry(key.session_id).or_default().push_back(change);
    }
}

/// What DynamoDB would say of its size, about: names, numbers and texts.
fn size_of(message: &Message) -> usize {
    let texts = [&message.content.text, &message.content.media_url, &message.content.media_caption];
    400 + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

/// Each item is billed as a multiple of this many bytes.
fn billed(size: usize, unit: usize) -> usize {
    size.div_ceil(unit) * unit
}

impl World {
    /// Keeps the stream of the messages' table from now on.
    pub fn keep_stream(&self) {
        self.messages.borrow_mut().stream.is_kept = true;
    }

    /// All changes of the sessions so far, in their order.
    pub fn changes(&self) -> BTreeMap<SessionId, Vec<Change>> {
        let messages = self.messages.borrow();
        let changes = messages.stream.changes.iter();
        changes.map(|(session, changes)| (*session, changes.iter().cloned().collect())).collect()
    }

    /// The numbers of a counter that are not zero.
    pub fn numbers(&self, counter: &Counter) -> BTreeMap<Field, i64> {
        let listing = self.listing.borrow();
        let numbers = listing.counters.get(counter).map(|counted| &counted.counts);
        let numbers = numbers.into_iter().flatten().filter(|(_, count)| **count != 0);
        numbers.map(|(field, count)| (*field, *count)).collect()
    }

    /// All counters.
    pub fn counters(&self) -> Vec<Counter> {
        self.listing.borrow().counters.keys().cloned().collect()
    }

    /// How many bytes were read for lists since the last look.
    pub fn take_read_bytes(&self) -> usize {
        std::mem::take(&mut self.listing.borrow_mut().read_bytes)
    }
}

impl Messages {
    async fn list<T: 'static>(
        &self,
        operation: &'static str,
        read: impl Fn(&World) -> (T, usize) + 'static,
    ) -> Result<T, PortError> {
        let effect = move |world: &World| {
            let (answer, bytes) = read(world);
            world.listing.borrow_mut().read_bytes += bytes;
            Ok(answer)
        };
        self.caller.call(Kind::Read, operation, effect).await
    }
}

impl ListMessages for Messages {
    async fn entries(
        &self,
        account_id: AccountId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Entry>, PortError> {
        let read = move |world: &World| {
            let messages = world.messages.borrow();
            let most = limit.min(QUERY_MAX_BYTES / ENTRY_BYTES);
            let items: Vec<Entry> = messages.newest_of(account_id, before, world.now()).take(most).collect();
            let next = items.last().map(|entry| entry.key.message_id).filter(|_| items.len() == most);
            let read_bytes = billed(items.len() * ENTRY_BYTES, 4_096).max(4_096);
            (Page { items, next, read_bytes }, read_bytes)
        };
        self.list("messages.entries", read).await
    }

    async fn many(&self, keys: &[MessageKey]) -> Result<Batch, PortError> {
        assert!(keys.len() <= 100, "DynamoDB takes at most a hundred keys");
        let keys = keys.to_vec();
        let read = move |world: &World| {
            let messages = world.messages.borrow();
            let found: Vec<Message> = keys.iter().filter_map(|key| messages.get(*key).cloned()).collect();
            let read_bytes = found.iter().map(|message| billed(size_of(message), 4_096)).sum();
            (Batch { messages: found, read_bytes }, read_bytes)
        };
        self.list("messages.many", read).await
    }
}

impl ListSessionMessages for Messages {
    async fn of_session(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Message>, PortError> {
        let read = move |world: &World| {
            let messages = world.messages.borrow();
            let (mut items, mut bytes, mut next) = (Vec::new(), 0, None);
            for message in messages.newest_in(session_id, before) {
                items.push(message.clone());
                bytes += size_of(message);
                if items.len() == limit || bytes >= QUERY_MAX_BYTES {
                    next = Some(message.message_id);
                    break;
                }
            }
            let read_bytes = billed(bytes.min(QUERY_MAX_BYTES), 4_096).max(4_096);
            (Page { items, next, read_bytes }, read_bytes)
        };
        self.list("messages.of_session", read).await
    }
}

/// Bookmarks and counters, as one caller sees them.
#[derive(Clone, Debug)]
pub struct Lists {
    caller: Caller,
}

impl Caller {
    /// Bookmarks and counters.
    pub fn lists(&self) -> Lists {
        Lists { caller: self.clone() }
    }
}

impl KeepBookmarks for Lists {
    async fn put_bookmark(
        &self,
        list: &str,
        page: usize,
        bookmark: Bookmark,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let key = (list.to_owned(), page);
        let put = move |world: &World| {
            let expires_at = now.as_seconds() + BOOKMARK_KEPT_S;
            world.listing.borrow_mut().bookmarks.insert(key.clone(), (bookmark, expires_at));
            Ok(())
        };
        self.caller.call(Kind::Write, "limits.put_bookmark", put).await
    }

    async fn bookmark(&self, list: &str, page: usize, now: Timestamp) -> Result<Option<Bookmark>, PortError> {
        let key = (list.to_owned(), page);
        let get = move |world: &World| {
            let found = world.listing.borrow().bookmarks.get(&key).copied();
            Ok(found.filter(|(_, expires_at)| *expires_at > now.as_seconds()).map(|(bookmark, _)| bookmark))
        };
        self.caller.call(Kind::Read, "limits.bookmark", get).await
    }
}

impl CountChanges for Lists {
    async fn add(&self, counter: &Counter, delta: &Delta, _: Timestamp) -> Result<Counted, PortError> {
        let (counter, delta) = (counter.clone(), delta.clone());
        let add = move |world: &World| {
            let mut listing = world.listing.borrow_mut();
            let kept = listing.counters.entry(counter.clone()).or_default();
            if let Some(through) = kept.through.clone().filter(|through| *through >= delta.first) {
                return Ok(Counted::Already(through));
            }
            for (field, count) in &delta.adds {
                *kept.counts.entry(*field).or_insert(0) += count;
            }
            kept.go_on(&delta);
            Ok(Counted::Yes)
        };
        self.caller.call(Kind::Write, "counters.add", add).await
    }
}

impl ReplaceCounters for Lists {
    async fn leave_mark(&self, key: MessageKey, mark: &str) -> Result<(), PortError> {
        let mark = mark.to_owned();
        let leave = move |world: &World| {
            let mut messages = world.messages.borrow_mut();
            let Some(before) = messages.get(key).map(Seen::of) else { return Ok(()) };
            let after = Seen { recount: Some(mark.clone()), ..before.clone() };
            messages.stream.note(key, Some(before), Some(after));
            Ok(())
        };
        self.caller.call(Kind::Write, "counters.leave_mark", leave).await
    }

    async fn mark(&self, mark: &str) -> Result<Option<SequenceNumber>, PortError> {
        let counter = Counter::Mark(mark.to_owned());
        let read = move |world: &World| {
            let listing = world.listing.borrow();
            Ok(listing.counters.get(&counter).and_then(|numbers| numbers.through.clone()))
        };
        self.caller.call(Kind::Read, "counters.mark", read).await
    }

    async fn replace(&self, counter: &Counter, all: &Delta) -> Result<bool, PortError> {
        let (counter, all) = (counter.clone(), all.clone());
        let replace = move |world: &World| {
            let mut listing = world.listing.borrow_mut();
            let kept = listing.counters.entry(counter.clone()).or_default();
            let is_further = kept.through.as_ref().is_some_and(|through| *through > all.last);
            if !is_further {
                kept.counts.clone_from(&all.adds);
                kept.go_on(&all);
            }
            Ok(!is_further)
        };
        self.caller.call(Kind::Write, "counters.replace", replace).await
    }
}

impl World {
    /// Spoils all counters: what a bug or a lost batch might leave.
    pub fn spoil_counters(&self) {
        for numbers in self.listing.borrow_mut().counters.values_mut() {
            numbers.counts.values_mut().for_each(|count| *count += 7);
        }
    }
}

impl ReadStatistics for Lists {
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError> {
        let read = move |world: &World| {
            let listing = world.listing.borrow();
            let mut hours: BTreeMap<(SessionId, Timestamp), Tally> = BTreeMap::new();
            for (counter, counted) in &listing.counters {
                let Counter::Day { account_id: account, session_id, day } = counter else { continue };
                if *account != account_id || *day < from || *day > to {
                    continue;
                }
                for (field, count) in &counted.counts {
                    let Field::Hour(hour, status) = field else { continue };
                    let start = day.start().plus_millis(i64::from(hour.number()) * HOUR_MS);
                    hours.entry((*session_id, start)).or_default().add(Status::ALL[*status], *count);
                }
            }
            Ok(hours.into_iter().map(|((_, start), tally)| HourTally { start, tally }).collect())
        };
        self.caller.call(Kind::Read, "statistics.hours", read).await
    }
}

impl ReadConversations for Lists {
    async fn conversations(
        &self,
        keys: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, Conversation)>, PortError> {
        let keys = keys.to_vec();
        let read = move |world: &World| {
            let listing = world.listing.borrow();
            let kept = |(session_id, to): &ConversationKey| {
                let counter = Counter::Conversation { session_id: *session_id, to: to.clone() };
                let Numbers { counts, contact_name, .. } = listing.counters.get(&counter)?;
                let number = |field| counts.get(&field).and_then(|n| u64::try_from(*n).ok()).unwrap_or(0);
                let (outbound, inbound) = (number(Field::Outbound), number(Field::Inbound));
                let contact_name = contact_name.clone();
                Some(((*session_id, to.clone()), Conversation { outbound, inbound, contact_name }))
            };
            Ok(keys.iter().filter_map(kept).collect())
        };
        self.caller.call(Kind::Read, "conversations.get", read).await
    }
}
