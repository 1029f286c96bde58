//! Counters that follow the stream of the messages' table.

use domain::reading::projection::{Counter, Delta, SequenceNumber};
use domain::reading::statistics::{Day, HourTally};
use domain::values::ids::{AccountId, MessageKey};
use domain::values::time::Timestamp;

use super::PortError;

/// What became of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is stored, or there is nothing to count for.
    Yes,
    /// The counter goes further than the delta's first change: up to here.
    Already(SequenceNumber),
}

/// Counting what has changed.
pub trait CountChanges {
    /// Adds a delta to its counter, if that does not go as far as the delta's first change; numbers and mark in one
    /// write. A second copy of the write finds the counter gone on, and changes nothing.
    async fn add(&self, counter: &Counter, delta: &Delta, now: Timestamp) -> Result<Counted, PortError>;
}

/// Replacing counters by a new count (the command `recount`).
pub trait ReplaceCounters {
    /// Leaves a mark in a row, which the stream will show in its place.
    async fn leave_mark(&self, key: MessageKey, mark: &str) -> Result<(), PortError>;

    /// Where in the stream a mark was left; `None` until its reader has reached the mark.
    async fn mark(&self, mark: &str) -> Result<Option<SequenceNumber>, PortError>;

    /// Puts these numbers in the place of a counter's, if that has not gone further than they do; `false` when it has.
    /// For a campaign that does not exist any more, nothing is stored.
    async fn replace(&self, counter: &Counter, all: &Delta) -> Result<bool, PortError>;
}

/// Reading statistics.
pub trait ReadStatistics {
    /// What was counted for an account from one day to another, both included: one tally for each hour and session that
    /// has messages. Eventually consistent.
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError>;
}
