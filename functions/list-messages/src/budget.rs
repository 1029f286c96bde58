//! How much one request may read.

use domain::tuning::{LIST_READ_MAX_BYTES, MESSAGE_MAX_BYTES, QUERY_MAX_BYTES};

/// An entry of the index by account, with its names and what DynamoDB adds to it, in bytes: generously.
const ENTRY_MAX_BYTES: usize = 300;

/// Fewer messages than this are not asked for, unless no more are wanted: a request that is short of its budget ends.
const WORTH_A_CALL: usize = 15;

/// What a request may still read, in bytes. Spent before it is known how much a read takes: so much is asked for that
/// even the largest messages fit.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) const fn full() -> Self {
        Self(LIST_READ_MAX_BYTES)
    }

    /// Takes off what was read.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }

    /// How many of `wanted` messages may be asked for by their keys; none when they are too few to be worth a call.
    pub(crate) fn messages(&self, wanted: usize) -> usize {
        let affordable = wanted.min(self.0 / MESSAGE_MAX_BYTES);
        if affordable >= wanted.min(WORTH_A_CALL) { affordable } else { 0 }
    }

    /// Whether `wanted` messages may be asked for in one query, which never reads more than its own limit.
    pub(crate) fn affords_messages(&self, wanted: usize) -> bool {
        self.0 >= QUERY_MAX_BYTES.min(wanted.saturating_mul(MESSAGE_MAX_BYTES))
    }

    /// Whether `wanted` entries of the index may be asked for in one query.
    pub(crate) fn affords_entries(&self, wanted: usize) -> bool {
        self.0 >= QUERY_MAX_BYTES.min(wanted.saturating_mul(ENTRY_MAX_BYTES))
    }
}
