//! Tickets: what the queues carry, and what becomes of one after it was looked at.

use serde::{Deserialize, Serialize};

use crate::message::pending::PendingKey;
use crate::tuning::{
    DEFER_LATE_MAX_MS, DEFER_MAX_S, DEFER_MIN_S, TICKET_MAX_AGE_MS, TICKET_MAX_RECEIVES, TIMER_DELAY_MAX_S,
};
use crate::values::ids::{MessageId, SessionId};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// "This session has work of this priority". The work itself, and its order, are in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ticket {
    /// The session; also the message group in the queue.
    pub session_id: SessionId,
    /// Which queue it belongs in.
    pub priority: Priority,
    /// The message that caused it, for whoever reads logs.
    pub message_id: MessageId,
}

/// What SQS says about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was put into the queue.
    pub sent_at: Timestamp,
}

/// When a session may go on, and what keeps it until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// After a gap, or when another worker is done.
    AfterGap(Timestamp),
    /// After a hold.
    AfterHold(Timestamp),
}

impl Allowed {
    /// The same, and held until this time at least.
    #[must_use]
    pub fn held_until(self, until: Timestamp) -> Self {
        match self {
            Self::AfterGap(own) | Self::AfterHold(own) => Self::AfterHold(own.max(until)),
        }
    }
}

/// What becomes of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Delete it: nothing of its priority is left that it would have to wake.
    Acknowledge,
    /// Keep it in its queue, out of sight for so many seconds. Blocks its group, which waits for the same gap anyway.
    Hide(u32),
    /// Put it into the timer for so many seconds, and delete it here.
    SendLater(u32),
}

/// Decides what becomes of a ticket of a priority whose line begins with `head`.
pub fn fate(head: Option<PendingKey>, allowed: Allowed, delivery: Delivery, now: Timestamp) -> Fate {
    let Some(head) = head else { return Fate::Acknowledge };
    let due_in_ms = head.due.millis_since(now);
    if due_in_ms > i64::from(TIMER_DELAY_MAX_S) * 1000 {
        // What is due later has a wake-up of its own.
        return Fate::Acknowledge;
    }
    match allowed {
        Allowed::AfterGap(at) if head.due <= at.max(now) && !is_worn_out(delivery, now) => {
            Fate::Hide(whole_seconds_within(at, now))
        }
        Allowed::AfterGap(at) | Allowed::AfterHold(at) => {
            Fate::SendLater(whole_seconds_until(at.max(head.due), now))
        }
    }
}

/// Whether a fresh ticket should replace this one: its queue removes tickets of too many receives or too great an age.
pub const fn is_worn_out(delivery: Delivery, now: Timestamp) -> bool {
    delivery.receives >= TICKET_MAX_RECEIVES || now.millis_since(delivery.sent_at) >= TICKET_MAX_AGE_MS
}

/// Rounded down, so that sessions keep their pace: the rest of a second is slept by the dispatcher. A ticket comes back a
/// little late rather than so early that nearly a whole second would have to be slept, which is billed.
fn whole_seconds_within(at: Timestamp, now: Timestamp) -> u32 {
    let seconds = (at.millis_since(now).max(0) + DEFER_LATE_MAX_MS) / 1000;
    u32::try_from(seconds).unwrap_or(DEFER_MAX_S).clamp(DEFER_MIN_S, DEFER_MAX_S)
}

/// Rounded up: a ticket that comes back early would only go round once more.
fn whole_seconds_until(at: Timestamp, now: Timestamp) -> u32 {
    let seconds = (at.millis_since(now).max(0) + 999) / 1000;
    u32::try_from(seconds).unwrap_or(TIMER_DELAY_MAX_S).min(TIMER_DELAY_MAX_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
    const FRESH: Delivery = Delivery { receives: 1, sent_at: NOW };

    /// What becomes of a ticket whose line begins with a message that is due then.
    fn fate_of(due_in_ms: i64, allowed: Allowed, delivery: Delivery) -> Fate {
        let due = NOW.plus_millis(due_in_ms);
        let head = PendingKey { priority: Priority::Normal, due, message_id: MessageId::new(NOW, 1) };
        fate(Some(head), allowed, delivery, NOW)
    }

    fn gap(ms: i64) -> Allowed {
        Allowed::AfterGap(NOW.plus_millis(ms))
    }

    #[test]
    fn nothing_left_is_acknowledged() {
        assert_eq!(fate(None, gap(5_000), FRESH, NOW), Fate::Acknowledge);
    }

    #[test]
    fn a_gap_is_waited_for_in_the_queue() {
        assert_eq!(fate_of(0, gap(5_749), FRESH), Fate::Hide(5));
        assert_eq!(fate_of(0, gap(5_750), FRESH), Fate::Hide(6));
        assert_eq!(fate_of(0, gap(300), FRESH), Fate::Hide(1));
        assert_eq!(fate_of(3_000, gap(5_500), FRESH), Fate::Hide(5));
        assert_eq!(fate_of(-10, gap(-10), FRESH), Fate::Hide(1));
    }

    #[test]
    fn everything_else_is_waited_for_in_the_timer() {
        assert_eq!(fate_of(5_100, gap(0), FRESH), Fate::SendLater(6));
        assert_eq!(fate_of(0, Allowed::AfterHold(NOW.plus_millis(15_000)), FRESH), Fate::SendLater(15));
        assert_eq!(fate_of(0, Allowed::AfterHold(NOW.plus_millis(3_600_000)), FRESH), Fate::SendLater(900));
    }

    #[test]
    fn a_worn_out_ticket_is_made_anew() {
        let often = Delivery { receives: 20, sent_at: NOW };
        assert_eq!(fate_of(0, gap(5_000), often), Fate::SendLater(5));
        let old = Delivery { receives: 1, sent_at: NOW.plus_millis(-24 * 3600 * 1000) };
        assert_eq!(fate_of(0, gap(5_000), old), Fate::SendLater(5));
    }

    #[test]
    fn what_is_due_late_wakes_itself() {
        assert_eq!(fate_of(900_000, gap(0), FRESH), Fate::SendLater(900));
        assert_eq!(fate_of(900_001, gap(0), FRESH), Fate::Acknowledge);
    }
}
