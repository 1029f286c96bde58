//! What wakes a session when work of it falls due: its ticket at once, the timer, or a row of the table `due`.
//!
//! The timer reaches 15 minutes. What falls due later is kept as a row, which `promote` moves into the timer when it is
//! near enough ([`promoted_until`]).

use crate::sending::ticket::Ticket;
use crate::tuning::{DUE_SHARDS, PROMOTE_AHEAD_MS, TIMER_DELAY_MAX_S};
use crate::values::ids::MessageId;
use crate::values::time::Timestamp;

/// A ticket, and when it is to be in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakeUp {
    /// When its work falls due.
    pub due: Timestamp,
    /// The ticket.
    pub ticket: Ticket,
}

/// How a wake-up gets to its queue in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is due: its ticket goes into the queue.
    Queue,
    /// It goes into the timer for so many seconds.
    Timer(u32),
    /// It lies too far ahead for the timer: it is kept as a row.
    Row,
}

impl WakeUp {
    /// How it gets to its queue in time.
    pub fn way(&self, now: Timestamp) -> Way {
        let wait_s = (self.due.millis_since(now).max(0) + 999) / 1000;
        match u32::try_from(wait_s) {
            Ok(0) => Way::Queue,
            Ok(wait_s) if wait_s <= TIMER_DELAY_MAX_S => Way::Timer(wait_s),
            _ => Way::Row,
        }
    }

    /// Its ticket, waiting for its instant.
    pub const fn waiting_ticket(&self) -> Ticket {
        self.ticket.waiting_for(self.due)
    }

    /// In which part of the table it is kept.
    pub fn shard(&self) -> u8 {
        shard_of(self.ticket.message_id)
    }
}

/// The part of the table `due` in which a message's wake-up is kept: by the random bits of its id.
pub fn shard_of(message_id: MessageId) -> u8 {
    u8::try_from(message_id.as_uuid().as_u128() % u128::from(DUE_SHARDS)).unwrap_or(0)
}

/// Up to when a run that looks at the table now moves what falls due into the timer.
pub const fn promoted_until(now: Timestamp) -> Timestamp {
    now.plus_millis(PROMOTE_AHEAD_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::ids::SessionId;
    use crate::values::priority::Priority;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn way_of(due_in_ms: i64) -> Way {
        let (session_id, message_id) = (SessionId::new(NOW, 1), MessageId::new(NOW, 2));
        let ticket = Ticket::new(session_id, Priority::Normal, message_id);
        WakeUp { due: NOW.plus_millis(due_in_ms), ticket }.way(NOW)
    }

    #[test]
    fn what_is_due_goes_at_once() {
        assert_eq!(way_of(0), Way::Queue);
        assert_eq!(way_of(-1), Way::Queue);
        assert_eq!(way_of(i64::MIN), Way::Queue);
    }

    #[test]
    fn the_timer_takes_what_it_can_keep_so_long() {
        assert_eq!(way_of(1), Way::Timer(1));
        assert_eq!(way_of(20_000), Way::Timer(20));
        assert_eq!(way_of(899_001), Way::Timer(900));
        assert_eq!(way_of(900_000), Way::Timer(900));
    }

    #[test]
    fn the_rest_is_kept() {
        assert_eq!(way_of(900_001), Way::Row);
        assert_eq!(way_of(366 * 24 * 3600 * 1000), Way::Row);
        assert_eq!(way_of(i64::MAX), Way::Row);
    }

    /// A row that is found by a run must be one that the timer can take, and a run that comes minutes late finds it.
    #[test]
    fn what_is_promoted_fits_the_timer() {
        let ahead = promoted_until(NOW).millis_since(NOW);
        assert!(matches!(way_of(ahead), Way::Timer(_)));
        assert!(ahead >= 5 * 60_000, "a few missed runs must not make anything late");
        assert!(
            i64::from(TIMER_DELAY_MAX_S) * 1000 - ahead >= 2 * 60_000,
            "a slow write must not come too late"
        );
    }

    proptest::proptest! {
        #[test]
        fn shards_are_all_used_and_no_others(random: u128) {
            proptest::prop_assert!(shard_of(MessageId::new(NOW, random)) < DUE_SHARDS);
        }
    }
}
