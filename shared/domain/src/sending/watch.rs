//! Which sessions are watched: those that have work.
//!
//! A message that is stored, sent and done with within one batch of the table's stream was never seen to wait, and costs no
//! note. So a session is noted when a message of it still waits at the end of a batch, and it is not noted already.

use std::collections::BTreeSet;

use crate::tuning::WATCH_SHARDS;
use crate::values::ids::{MessageKey, SessionId};

/// A change of a row of the messages table, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which row.
    pub key: MessageKey,
    /// Whether it has a place in line after it.
    pub waits: bool,
}

/// The sessions of which a message still waits after these changes, which are in the order in which they happened for each
/// row.
pub fn still_waiting(changes: &[Change]) -> BTreeSet<SessionId> {
    let mut waiting: BTreeSet<MessageKey> = BTreeSet::new();
    for change in changes {
        if change.waits {
            waiting.insert(change.key);
        } else {
            waiting.remove(&change.key);
        }
    }
    waiting.into_iter().map(|key| key.session_id).collect()
}

/// The part of the table of watched sessions that a session is in.
pub fn shard_of(session_id: SessionId) -> u8 {
    u8::try_from(session_id.as_uuid().as_u128() % u128::from(WATCH_SHARDS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::ids::MessageId;
    use crate::values::time::Timestamp;

    const NOW: Timestamp = Timestamp::EPOCH;

    fn change(session: u128, message: u128, waits: bool) -> Change {
        let (session_id, message_id) = (SessionId::new(NOW, session), MessageId::new(NOW, message));
        Change { key: MessageKey { session_id, message_id }, waits }
    }

    #[test]
    fn what_is_done_with_is_not_noted() {
        let changes = [change(1, 1, true), change(1, 1, true), change(1, 1, false), change(1, 1, false)];
        assert_eq!(still_waiting(&changes), BTreeSet::new());
    }

    #[test]
    fn what_waits_at_the_end_is_noted() {
        let back_in_line = [change(1, 1, true), change(1, 1, false), change(1, 1, true)];
        assert_eq!(still_waiting(&back_in_line), BTreeSet::from([SessionId::new(NOW, 1)]));
        let one_of_two = [change(1, 1, true), change(2, 2, true), change(2, 3, true), change(2, 2, false)];
        let both = BTreeSet::from([SessionId::new(NOW, 1), SessionId::new(NOW, 2)]);
        assert_eq!(still_waiting(&one_of_two), both);
    }

    proptest::proptest! {
        /// Whatever the batches, a session is noted with or after the last change of every message that waits in the end.
        #[test]
        fn no_cut_loses_a_session(rows in proptest::collection::vec((0..3_u128, 0..4_u128, proptest::bool::ANY), 1..20), cut in 0..20_usize) {
            let changes: Vec<Change> = rows.iter().map(|(s, m, waits)| change(*s, 10 * s + m, *waits)).collect();
            let (first, second) = changes.split_at(cut.min(changes.len()));
            let noted: BTreeSet<SessionId> =
                still_waiting(first).union(&still_waiting(second)).copied().collect();
            proptest::prop_assert!(still_waiting(&changes).is_subset(&noted));
        }

        #[test]
        fn shards_are_those_that_are_swept(random: u128) {
            proptest::prop_assert!(shard_of(SessionId::new(NOW, random)) < WATCH_SHARDS);
        }
    }
}
