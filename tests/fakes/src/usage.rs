//! What is used of AWS, counted where the ports are called, and what it costs in units of `DynamoDB`.

use std::collections::BTreeMap;

use crate::World;

/// Units of `DynamoDB`, as they are billed on demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Write units: 1 KB each, and one for every index that changes.
    pub writes: u32,
    /// Halves of read units: 4 KB each, half of it for eventually consistent reads.
    pub half_reads: u32,
}

const fn writes(writes: u32) -> Units {
    Units { writes, half_reads: 0 }
}

const fn half_reads(half_reads: u32) -> Units {
    Units { writes: 0, half_reads }
}

/// What one call of a port costs, for items of ordinary size; `None` for what is no call of `DynamoDB`.
///
/// `tests/contract/tests/capacity.rs` compares this with what the local stack counts.
pub fn units(operation: &str) -> Option<Units> {
    Some(match operation {
        "limits.count"
        | "sessions.acquire"
        | "sessions.point_to"
        | "sessions.release"
        | "messages.claim"
        | "messages.fence_off"
        | "messages.report"
        | "accounts.note_use"
        | "contacts.note_written"
        | "due.keep" => writes(1),
        // Row and line. A message that goes back in line costs one more: its old place, and its new one.
        "messages.record" | "messages.cancel" | "messages.withdraw" => writes(2),
        // Row, line, index by account.
        "messages.put" => writes(3),
        "accounts.api_key" | "campaigns.get" | "messages.get" | "messages.row" | "messages.waiting"
        | "sessions.load" => half_reads(2),
        "messages.locate" => half_reads(1),
        // The row, its conversation, and seldom the first message to the contact.
        "contacts.new_among" => half_reads(4),
        _ => return None,
    })
}

/// A batch that Lambda has taken from a queue: one request of SQS.
pub const RECEIVE: &str = "queue.receive";
/// A batch of which Lambda deletes what is done: one request of SQS.
pub const DELETE: &str = "queue.delete";

/// How many requests of SQS so many calls of a port are.
pub fn queue_requests(name: &str, calls: u64) -> u64 {
    match name {
        RECEIVE | DELETE | "tickets.send" | "tickets.send_all" | "tickets.hide" | "tickets.delete"
        | "timer.send_later" => calls,
        _ => 0,
    }
}

impl World {
    pub(crate) fn count(&self, operation: &'static str) {
        *self.usage.borrow_mut().entry(operation).or_default() += 1;
    }

    /// Requests of SQS since the world began.
    pub fn queue_requests(&self) -> u64 {
        self.usage.borrow().iter().map(|(name, calls)| queue_requests(name, *calls)).sum()
    }

    /// Units of `DynamoDB` since the world began, read and written, as far as [`units`] tells.
    pub fn table_units(&self) -> u64 {
        let halves = |units: Units| u64::from(2 * units.writes + units.half_reads);
        let each = |(name, calls): (&&str, &u64)| calls * units(name).map_or(0, halves);
        self.usage.borrow().iter().map(each).sum::<u64>() / 2
    }

    /// How often each call was made since the world began.
    pub fn usage(&self) -> BTreeMap<&'static str, u64> {
        self.usage.borrow().clone()
    }
}
