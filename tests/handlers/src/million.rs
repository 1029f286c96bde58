//! A table of a million messages that is computed, not stored, and counts what reading it costs.
//!
//! Message `n` was created `n` seconds after the beginning. Items have 600 bytes, entries of the index 150, as measured.

use std::cell::Cell;

use domain::message::Message;
use domain::reading::listing::Entry;
use domain::tuning::QUERY_MAX_BYTES;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use shared::ports::{Batch, ListMessages, ListSessionMessages, Page, PortError};

use crate::message;

/// How many messages there are.
pub const COUNT: u64 = 1_000_000;
/// How many sessions they belong to, evenly.
pub const SESSIONS: u64 = 10;
const ITEM_BYTES: usize = 600;
const ENTRY_BYTES: usize = 150;

/// The table.
#[derive(Debug, Default)]
pub struct Million {
    /// What was read, in bytes, as it is billed.
    pub read_bytes: Cell<usize>,
    /// What was read, in tenths of read units.
    pub tenths: Cell<usize>,
    /// Calls of the table.
    pub calls: Cell<usize>,
}

/// A message by its number. One in 1,000 failed, one in ten came in; each number has a hundred messages.
pub fn numbered(n: u64) -> Message {
    let status = match n % 1_000 {
        7 => Status::Failed,
        k if k % 10 == 3 => Status::Received,
        _ => Status::Read,
    };
    let to = format!("1650{:07}", n % 10_000);
    message(u128::from(n % SESSIONS), status, &to, i64::try_from(n).unwrap_or(0) * 1_000, u128::from(n))
}

fn number_of(id: MessageId) -> u64 {
    u64::try_from(id.as_uuid().as_u128() & 0xffff_ffff).unwrap_or(0)
}

impl Million {
    /// A query of items of this size, one in `step` of them from the end.
    fn query<T>(
        &self,
        first: Option<u64>,
        step: u64,
        size: usize,
        limit: usize,
        is_strong: bool,
        item: impl Fn(u64) -> T,
    ) -> Page<T> {
        let most = limit.min(QUERY_MAX_BYTES / size);
        let numbers = std::iter::successors(first, |n| n.checked_sub(step)).take(most);
        let numbers: Vec<u64> = numbers.collect();
        let unit = if is_strong { 4_096 } else { 8_192 };
        let read_bytes = (numbers.len() * size).div_ceil(4_096).max(1) * 4_096;
        self.spend(read_bytes, (read_bytes * 10).div_ceil(unit));
        let next = numbers.last().filter(|_| numbers.len() == most).map(|n| numbered(*n).message_id);
        Page { items: numbers.into_iter().map(item).collect(), next, read_bytes }
    }

    fn spend(&self, bytes: usize, tenths: usize) {
        self.read_bytes.set(self.read_bytes.get() + bytes);
        self.tenths.set(self.tenths.get() + tenths);
        self.calls.set(self.calls.get() + 1);
    }
}

/// The last message before `before` whose number leaves `rest` when divided by `step`.
fn last_before(before: Option<MessageId>, step: u64, rest: u64) -> Option<u64> {
    let end = before.map_or(COUNT, number_of);
    let last = end.checked_sub(1)?;
    last.checked_sub((last + step - rest) % step)
}

impl ListMessages for &Million {
    async fn entries(
        &self,
        _: AccountId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Entry>, PortError> {
        let entry = |n| {
            let message = numbered(n);
            Entry { key: message.key(), to: message.to, direction: message.direction }
        };
        Ok(self.query(last_before(before, 1, 0), 1, ENTRY_BYTES, limit, false, entry))
    }

    async fn many(&self, keys: &[MessageKey]) -> Result<Batch, PortError> {
        self.spend(keys.len() * 4_096, keys.len() * 5);
        let messages = keys.iter().map(|key| numbered(number_of(key.message_id))).collect();
        Ok(Batch { messages, read_bytes: keys.len() * 4_096 })
    }
}

impl ListSessionMessages for &Million {
    async fn of_session(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Message>, PortError> {
        let rest = (0..SESSIONS).find(|n| crate::session_id(u128::from(*n)) == session_id).unwrap_or(0);
        let first = last_before(before, SESSIONS, rest);
        Ok(self.query(first, SESSIONS, ITEM_BYTES, limit, true, numbered))
    }
}
