//! Counters that follow the stream of the messages' table.

use domain::ids::AccountId;
use domain::projection::{Counter, Delta, SequenceNumber};
use domain::statistics::{Day, HourTally};
use domain::time::Timestamp;

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

/// Reading statistics.
pub trait ReadStatistics {
    /// What was counted for an account from one day to another, both included: one tally for each hour and session that
    /// has messages. Eventually consistent.
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError>;
}
