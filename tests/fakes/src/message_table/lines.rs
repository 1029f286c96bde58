//! The local index: the lines of what waits.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeInclusive};

use domain::message::pending::PendingKey;
use domain::values::ids::{MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::ports::Waiting;
use uuid::Uuid;

use super::MessageTable;

impl MessageTable {
    /// The local index up to a place, with the times since when each place is taken.
    pub(crate) fn places_before(
        &self,
        session_id: SessionId,
        place: PendingKey,
    ) -> impl Iterator<Item = (PendingKey, Timestamp)> {
        let pending = self.partitions.get(&session_id).map(|partition| &partition.pending);
        pending.into_iter().flat_map(move |pending| pending.range(..place)).map(|(key, since)| (*key, *since))
    }

    /// The first `limit` places of a session's line, or of one priority's part of it.
    pub(crate) fn waiting(&self, session_id: SessionId, line: Option<Priority>, limit: usize) -> Waiting {
        let Some(partition) = self.partitions.get(&session_id) else {
            return Waiting { keys: Vec::new(), is_all: true };
        };
        first(partition.pending.range(range_of(line)).map(|(key, _)| *key), limit)
    }

    /// The first `limit` places of a line that are behind this one.
    pub(crate) fn waiting_behind(&self, session_id: SessionId, place: PendingKey, limit: usize) -> Waiting {
        let Some(partition) = self.partitions.get(&session_id) else {
            return Waiting { keys: Vec::new(), is_all: true };
        };
        let end = *range_of(Some(place.priority)).end();
        let behind = partition.pending.range((Bound::Excluded(place), Bound::Included(end)));
        first(behind.map(|(key, _)| *key), limit)
    }

    /// The places of a line, or of one priority's part of it, as they were then.
    pub(crate) fn waiting_at(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
        then: Timestamp,
    ) -> Waiting {
        let Some(partition) = self.partitions.get(&session_id) else {
            return Waiting { keys: Vec::new(), is_all: true };
        };
        let mut places: BTreeSet<PendingKey> = partition.pending.keys().copied().collect();
        for (_, place, came) in partition.history.iter().rev().take_while(|(at, ..)| *at > then) {
            if *came {
                places.remove(place);
            } else {
                places.insert(*place);
            }
        }
        first(places.range(range_of(line)).copied(), limit)
    }
}

/// The first keys, as a query with a limit gives them: it says that there is more when it has read as many as it may,
/// even if nothing follows.
fn first(keys: impl Iterator<Item = PendingKey>, limit: usize) -> Waiting {
    let keys: Vec<PendingKey> = keys.take(limit).collect();
    Waiting { is_all: keys.len() < limit, keys }
}

/// All places there can be in a session's line, or in one priority's part of it.
fn range_of(line: Option<Priority>) -> RangeInclusive<PendingKey> {
    let first = |priority| PendingKey {
        priority,
        due: Timestamp::from_millis(i64::MIN),
        message_id: MessageId::from_uuid(Uuid::nil()),
    };
    let last = |priority| PendingKey {
        priority,
        due: Timestamp::from_millis(i64::MAX),
        message_id: MessageId::from_uuid(Uuid::max()),
    };
    first(line.unwrap_or(Priority::High))..=last(line.unwrap_or(Priority::Bulk))
}
