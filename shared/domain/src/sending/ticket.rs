//! Tickets: what the queues carry, and what becomes of one after it was looked at.

use serde::{Deserialize, Serialize};

use crate::message::pending::PendingKey;
use crate::tuning::{
    DEFER_LATE_MAX_MS, DEFER_MAX_S, DEFER_MIN_S, HOPS_MAX, MERGE_AHEAD_MS, STOOD_BEHIND_MS,
    TICKET_MAX_AGE_MS, TICKET_MAX_RECEIVES, TICKET_REACH_MS, TIMER_DELAY_MAX_S,
};
use crate::values::ids::{MessageId, SessionId};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// "This session has work of this priority". The work itself, and its order, are in the table.
///
/// Fields that are not known are passed over: while a deployment is under way, a newer version may write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The session; also the message group in the queue.
    pub session_id: SessionId,
    /// Which queue it belongs in.
    pub priority: Priority,
    /// The message that caused it, for whoever reads logs.
    pub message_id: MessageId,
    /// The instant that it waits for. It may stand for other tickets that wait for the same one ([`Self::merged_id`]), and is
    /// therefore never deleted before it, unless another ticket takes its place that is not deleted before it either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How often it went through the timer since a provider was last called for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hops: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Ticket {
    /// A ticket that waits for nothing.
    pub const fn new(session_id: SessionId, priority: Priority, message_id: MessageId) -> Self {
        Self { session_id, priority, message_id, at: None, hops: 0 }
    }

    /// The same, waiting for an instant.
    #[must_use]
    pub const fn waiting_for(self, at: Timestamp) -> Self {
        Self { at: Some(at), ..self }
    }

    /// The deduplication id by which the queue merges all tickets of one session and priority that wait for the same instant and
    /// come the same way, for a ticket whose work was stored at `stored` at the latest; `None` when it must not be merged with
    /// others.
    ///
    /// All work that tickets with this id stand for is stored well before the instant, and none of them is deleted before
    /// it. So whichever of them lives sees all of that work.
    pub fn merged_id(&self, way: Way, stored: Timestamp) -> Option<String> {
        let at = self.at.filter(|at| at.millis_since(stored) >= MERGE_AHEAD_MS)?;
        Some(format!("{}#{}#{}", way.name(), self.priority.number(), at.as_millis()))
    }

    /// The same on its next way through the timer; `None` when it has gone round so often that something must be wrong.
    pub fn hop(self, was_called: bool) -> Option<Self> {
        let hops = if was_called { 1 } else { self.hops + 1 };
        (hops <= HOPS_MAX).then_some(Self { hops, ..self })
    }
}

/// How a ticket that waits for an instant comes into its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight, before its instant.
    Straight,
    /// Through the timer, at its instant. It may have been in its queue before, waiting for the same one: with the same id it
    /// would be taken for a copy of itself.
    Timer,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Straight => "gap",
            Self::Timer => "timer",
        }
    }
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
    /// The instant.
    pub const fn at(self) -> Timestamp {
        match self {
            Self::AfterGap(at) | Self::AfterHold(at) => at,
        }
    }

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
    /// Put it into the timer for so many seconds, waiting for this instant, and delete it here.
    SendLater(Timestamp, u32),
    /// Keep a wake-up for this instant, which lies too far ahead for the timer, and delete it here. The place is the first of
    /// its line: all tickets of a line that wait for one instant make one wake-up.
    Keep(Timestamp, PendingKey),
}

/// Decides what becomes of a ticket whose line begins with `head`.
pub fn fate(
    ticket: &Ticket,
    head: Option<PendingKey>,
    allowed: Allowed,
    delivery: Delivery,
    now: Timestamp,
) -> Fate {
    let stands_until = ticket.at.filter(|at| *at > now);
    // What is due later has a wake-up of its own.
    let Some(head) = head.filter(|head| head.due.millis_since(now) <= TICKET_REACH_MS) else {
        return stands_until.map_or(Fate::Acknowledge, |at| Fate::Hide(whole_seconds_until(at, now).max(1)));
    };
    let at = allowed.at().max(stands_until.unwrap_or_default());
    let waits_for_gap = matches!(allowed, Allowed::AfterGap(_)) && head.due <= at.max(now);
    if waits_for_gap && !is_worn_out(delivery, now) && !stood_behind(ticket, delivery, at, now) {
        return Fate::Hide(whole_seconds_within(at, now));
    }
    let at = at.max(head.due);
    if !is_in_reach(at, now) {
        return Fate::Keep(at, head);
    }
    let seconds = if waits_for_gap { whole_seconds_within(at, now) } else { whole_seconds_until(at, now) };
    Fate::SendLater(at, seconds)
}

/// Whether the timer reaches that far.
const fn is_in_reach(at: Timestamp, now: Timestamp) -> bool {
    at.millis_since(now) <= TIMER_DELAY_MAX_S as i64 * 1000
}

/// Whether a ticket was kept from being received for long by others of its session, and had better be merged with them in the
/// timer: its queue would grow by those that come while its session's first one is hidden, where they are more than are merged
/// in batches. Replies come one by one; of these it counts, too, if it was hidden for the end of a gap meanwhile.
const fn stood_behind(ticket: &Ticket, delivery: Delivery, at: Timestamp, now: Timestamp) -> bool {
    let receives_max = if matches!(ticket.priority, Priority::High) { 2 } else { 1 };
    delivery.receives <= receives_max
        && now.millis_since(delivery.sent_at) >= STOOD_BEHIND_MS
        && at.millis_since(now) >= MERGE_AHEAD_MS
}

/// How long a ticket rests in the timer that is made anew after an error, in seconds: `rest_s`, or until its instant. It comes
/// back either at that or so long before it that it can go through the timer once more without being taken for a copy of
/// itself, which queues do for five minutes.
pub fn renewal_s(ticket: &Ticket, rest_s: u32, now: Timestamp) -> u32 {
    const STEP_S: u32 = TIMER_DELAY_MAX_S / 2;
    match ticket.at {
        Some(at) if !is_in_reach(at, now) => STEP_S,
        Some(at) => whole_seconds_until(at, now).max(rest_s),
        None => rest_s,
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
        fate(&ticket(), Some(head(due_in_ms)), allowed, delivery, NOW)
    }

    fn ticket() -> Ticket {
        Ticket::new(SessionId::new(NOW, 1), Priority::Normal, MessageId::new(NOW, 1))
    }

    fn head(due_in_ms: i64) -> PendingKey {
        let due = NOW.plus_millis(due_in_ms);
        PendingKey { priority: Priority::Normal, due, message_id: MessageId::new(NOW, 1) }
    }

    fn later(ms: i64, seconds: u32) -> Fate {
        Fate::SendLater(NOW.plus_millis(ms), seconds)
    }

    fn gap(ms: i64) -> Allowed {
        Allowed::AfterGap(NOW.plus_millis(ms))
    }

    #[test]
    fn nothing_left_is_acknowledged() {
        assert_eq!(fate(&ticket(), None, gap(5_000), FRESH, NOW), Fate::Acknowledge);
    }

    #[test]
    fn a_ticket_that_stands_for_others_outlives_their_instant() {
        let waits = ticket().waiting_for(NOW.plus_millis(5_300));
        assert_eq!(fate(&waits, None, gap(0), FRESH, NOW), Fate::Hide(6));
        assert_eq!(fate(&waits, Some(head(TICKET_REACH_MS + 1)), gap(0), FRESH, NOW), Fate::Hide(6));
        assert_eq!(fate(&waits, Some(head(0)), gap(0), FRESH, NOW), Fate::Hide(5));
        assert_eq!(fate(&waits, Some(head(0)), Allowed::AfterHold(NOW), FRESH, NOW), later(5_300, 6));
        let over = ticket().waiting_for(NOW);
        assert_eq!(fate(&over, None, gap(0), FRESH, NOW), Fate::Acknowledge);
    }

    #[test]
    fn a_renewed_ticket_comes_at_its_instant_or_long_before_it() {
        let after = |ms| renewal_s(&ticket().waiting_for(NOW.plus_millis(ms)), 25, NOW);
        assert_eq!(renewal_s(&ticket(), 25, NOW), 25);
        assert_eq!(
            [after(-1), after(24_000), after(60_000), after(900_000), after(900_001)],
            [25, 25, 60, 900, 450]
        );
    }

    #[test]
    fn tickets_are_merged_only_well_before_their_instant() {
        let at = NOW.plus_millis(2_000);
        assert_eq!(ticket().merged_id(Way::Timer, NOW), None);
        let id = |way| ticket().waiting_for(at).merged_id(way, NOW);
        assert_eq!(id(Way::Timer).as_deref(), Some("timer#5#1000002000"));
        assert_ne!(id(Way::Straight), id(Way::Timer), "one would be taken for a copy of the other");
        assert_eq!(ticket().waiting_for(at).merged_id(Way::Timer, NOW.plus_millis(1)), None);
    }

    #[test]
    fn hops_are_counted_until_a_provider_is_called() {
        let often = Ticket { hops: HOPS_MAX - 1, ..ticket() };
        assert_eq!(often.hop(false).unwrap().hops, HOPS_MAX);
        assert_eq!(often.hop(false).unwrap().hop(false), None);
        assert_eq!(often.hop(true).unwrap().hops, 1);
    }

    #[test]
    fn a_newer_version_s_fields_are_passed_over() {
        let body = serde_json::to_string(&ticket()).unwrap();
        let newer = body.replace('{', "{\"news\":1,");
        assert_eq!(serde_json::from_str::<Ticket>(&newer).unwrap(), ticket());
        let full = Ticket { at: Some(NOW), hops: 3, ..ticket() };
        assert_eq!(serde_json::from_str::<Ticket>(&serde_json::to_string(&full).unwrap()).unwrap(), full);
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
        assert_eq!(fate_of(5_100, gap(0), FRESH), later(5_100, 6));
        let hold = |ms| Allowed::AfterHold(NOW.plus_millis(ms));
        assert_eq!(fate_of(0, hold(15_000), FRESH), later(15_000, 15));
        assert_eq!(fate_of(0, hold(900_000), FRESH), later(900_000, 900));
        assert_eq!(fate_of(0, hold(900_001), FRESH), Fate::Keep(NOW.plus_millis(900_001), head(0)));
    }

    #[test]
    fn what_stood_behind_others_is_merged_in_the_timer() {
        let reply = Ticket { priority: Priority::High, ..ticket() };
        let of = |ticket: &Ticket, gap_ms, receives, age_ms: i64| {
            let delivery = Delivery { receives, sent_at: NOW.plus_millis(-age_ms) };
            fate(ticket, Some(head(0)), gap(gap_ms), delivery, NOW)
        };
        assert_eq!(of(&reply, 5_300, 1, STOOD_BEHIND_MS), later(5_300, 5));
        assert_eq!(of(&reply, 5_300, 1, STOOD_BEHIND_MS - 1), Fate::Hide(5));
        assert_eq!(of(&reply, 5_300, 3, STOOD_BEHIND_MS), Fate::Hide(5));
        assert_eq!(of(&reply, 1_900, 1, STOOD_BEHIND_MS), Fate::Hide(2));
        assert_eq!(of(&ticket(), 5_300, 1, STOOD_BEHIND_MS), later(5_300, 5));
        assert_eq!(of(&reply, 5_300, 2, STOOD_BEHIND_MS), later(5_300, 5));
        assert_eq!(of(&ticket(), 5_300, 2, STOOD_BEHIND_MS), Fate::Hide(5));
    }

    #[test]
    fn a_worn_out_ticket_is_made_anew() {
        let often = Delivery { receives: 20, sent_at: NOW };
        assert_eq!(fate_of(0, gap(5_000), often), later(5_000, 5));
        let old = Delivery { receives: 1, sent_at: NOW.plus_millis(-24 * 3600 * 1000) };
        assert_eq!(fate_of(0, gap(5_000), old), later(5_000, 5));
    }

    #[test]
    fn what_is_due_late_wakes_itself() {
        assert_eq!(fate_of(TICKET_REACH_MS, gap(0), FRESH), later(TICKET_REACH_MS, 40));
        assert_eq!(fate_of(TICKET_REACH_MS + 1, gap(0), FRESH), Fate::Acknowledge);
    }
}
