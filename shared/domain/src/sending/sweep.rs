//! Whether a session stands still although it has work, and what a sweep does about it.

use crate::message::pending::PendingKey;
use crate::sending::allowance::Paced;
use crate::sending::pacer::Pacer;
use crate::tuning::{
    KEPT_BACK_LOOK_MS, STALLED_AFTER_MS, STALLED_LONG_MS, SWEEP_PERIOD_MS, WATCH_SETTLED_MS,
};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// What a look at a watched session has shown, all of it strongly consistent.
#[derive(Clone, Debug)]
pub struct Look {
    /// When the session was last noted as having work; read before the rest.
    pub watched_at: Timestamp,
    /// What bears on when it may send.
    pub paced: Paced,
    /// The first of each priority's line.
    pub heads: [Option<PendingKey>; 3],
}

/// What is to be done about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing waits, and this look has seen everything that was noted: the session is not watched any more.
    Forget,
    /// It sends, or will: look again at this time, or with the next sweep.
    Leave(Option<Timestamp>),
    /// These lines stand still: each gets a fresh ticket. Then as for [`Verdict::Leave`].
    Wake(Vec<PendingKey>, Option<Timestamp>),
}

/// What is to be done about a session that was looked at.
pub fn verdict(look: &Look, now: Timestamp) -> Verdict {
    let is_settled = now.millis_since(look.watched_at) >= WATCH_SETTLED_MS;
    let heads: Vec<PendingKey> = look.heads.iter().flatten().copied().collect();
    if heads.is_empty() {
        return match abandoned(&look.paced.pacer, now) {
            Some(in_hand) => Verdict::Wake(vec![in_hand], None),
            None if is_settled => Verdict::Forget,
            None => Verdict::Leave(None),
        };
    }
    let (stalled, moving): (Vec<PendingKey>, Vec<PendingKey>) =
        heads.into_iter().partition(|head| stands_still(&look.paced, *head, now));
    let next_stall = moving.iter().map(|head| look_again_at(&look.paced, *head, now));
    let next_wake = stalled.iter().map(|head| now.plus_millis(pause_ms(&look.paced, *head, now)));
    let next = next_stall.chain(next_wake).min();
    // A rest that is no longer than the way to the next sweep would be a write for nothing; and a session that was noted
    // just now may have got work that was not noted again, because of that.
    let rest = next.filter(|next| is_settled && next.millis_since(now) > SWEEP_PERIOD_MS);
    if stalled.is_empty() { Verdict::Leave(rest) } else { Verdict::Wake(stalled, rest) }
}

/// The message of a dead worker whose lease ran out a while ago and was not taken over, since nothing waits. A ticket makes
/// dispatch recover it now, so that the next message need not wait for that.
fn abandoned(pacer: &Pacer, now: Timestamp) -> Option<PendingKey> {
    let lease = pacer.lease.filter(|lease| lease.until.plus_millis(STALLED_AFTER_MS) <= now)?;
    Some(PendingKey { priority: Priority::High, due: lease.until, message_id: lease.message_id })
}

/// Whether a message has waited for a while although nothing that is known of its session keeps it back.
pub fn stands_still(paced: &Paced, place: PendingKey, now: Timestamp) -> bool {
    stalls_at(paced, place, now) <= now
}

/// When a line counts as standing still: some time after its first message could have gone.
///
/// Every send sets the gaps anew, so a line that only waits for more urgent ones does not count.
fn stalls_at(paced: &Paced, head: PendingKey, now: Timestamp) -> Timestamp {
    could_go_at(paced, head, now).plus_millis(STALLED_AFTER_MS)
}

/// When to look again at a line that does not stand still: what its session's hold or limits keep back may go sooner, when its
/// owner changes them.
fn look_again_at(paced: &Paced, head: PendingKey, now: Timestamp) -> Timestamp {
    let stalls_at = stalls_at(paced, head, now);
    let by_itself = head.due.plus_millis(STALLED_AFTER_MS).max(now.plus_millis(KEPT_BACK_LOOK_MS));
    stalls_at.min(by_itself)
}

/// A line that the session's limits close now cannot send before it opens. When it was closed before is not known.
fn could_go_at(paced: &Paced, head: PendingKey, now: Timestamp) -> Timestamp {
    let Paced { pacer, .. } = paced;
    let standing = paced.standing();
    let kept_back = standing.kept_back(head, now).map_or(Timestamp::EPOCH, |closed| closed.until);
    let held_until = pacer.release.hold.as_ref().map_or(Timestamp::EPOCH, |hold| hold.until);
    let leased_until = pacer.lease.map_or(Timestamp::EPOCH, |lease| lease.until);
    let opens_at = standing.opens_at(head.priority, now);
    head.due.max(opens_at).max(kept_back).max(held_until).max(leased_until)
}

/// How long to wait before a line that got a fresh ticket gets another: first until the next sweep, since tickets may be
/// lost again; then the longer, the longer it stands still.
///
/// When nothing serves the queues for days, or a line's campaign is paused, a ticket with every sweep would fill them.
fn pause_ms(paced: &Paced, head: PendingKey, now: Timestamp) -> i64 {
    let still_for_ms = now.millis_since(could_go_at(paced, head, now));
    if still_for_ms < STALLED_LONG_MS { 0 } else { still_for_ms / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::lease::{Lease, LeaseOwner};
    use crate::sending::pacer::{Hold, HoldReason};
    use crate::values::ids::MessageId;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const MINUTE: i64 = 60_000;

    fn head(priority: Priority, due_in_ms: i64) -> PendingKey {
        PendingKey { priority, due: NOW.plus_millis(due_in_ms), message_id: MessageId::new(NOW, 1) }
    }

    fn look(heads: &[PendingKey]) -> Look {
        let mut look =
            Look { watched_at: NOW.plus_millis(-60 * MINUTE), paced: Paced::default(), heads: [None; 3] };
        for head in heads {
            let slot = Priority::ALL.iter().position(|line| *line == head.priority).unwrap();
            look.heads[slot] = Some(*head);
        }
        look
    }

    #[test]
    fn a_session_without_work_is_forgotten_once_it_is_settled() {
        assert_eq!(verdict(&look(&[]), NOW), Verdict::Forget);
        let young = Look { watched_at: NOW.plus_millis(1 - WATCH_SETTLED_MS), ..look(&[]) };
        assert_eq!(verdict(&young, NOW), Verdict::Leave(None));
    }

    #[test]
    fn what_has_been_due_for_a_while_gets_a_ticket() {
        let stalled = head(Priority::Normal, -STALLED_AFTER_MS);
        assert_eq!(verdict(&look(&[stalled]), NOW), Verdict::Wake(vec![stalled], None));
        let fresh = head(Priority::Normal, 1 - STALLED_AFTER_MS);
        assert_eq!(verdict(&look(&[fresh]), NOW), Verdict::Leave(None));
    }

    #[test]
    fn each_line_that_stands_still_gets_one() {
        let (high, bulk) = (head(Priority::High, -10 * MINUTE), head(Priority::Bulk, -20 * MINUTE));
        let fresh = head(Priority::Normal, 0);
        assert_eq!(verdict(&look(&[high, fresh, bulk]), NOW), Verdict::Wake(vec![high, bulk], None));
    }

    #[test]
    fn a_line_that_moves_does_not_count() {
        let bulk = head(Priority::Bulk, -600 * MINUTE);
        let mut moving = look(&[bulk]);
        moving.paced.pacer.release.next_bulk_at = NOW.plus_millis(1 - STALLED_AFTER_MS);
        assert_eq!(verdict(&moving, NOW), Verdict::Leave(None));
        moving.paced.pacer.release.next_bulk_at = NOW.plus_millis(-STALLED_AFTER_MS);
        assert!(matches!(verdict(&moving, NOW), Verdict::Wake(..)));
    }

    #[test]
    fn holds_and_leases_are_waited_for() {
        let waiting = head(Priority::High, -600 * MINUTE);
        let mut held = look(&[waiting]);
        held.paced.pacer.release.hold = Some(Hold {
            until: NOW.plus_millis(1 - STALLED_AFTER_MS),
            reason: HoldReason::RateLimited,
            detail: String::new(),
        });
        assert_eq!(verdict(&held, NOW), Verdict::Leave(None));
        let mut leased = look(&[waiting]);
        let lease =
            |until| Lease { owner: LeaseOwner(1), until, message_id: MessageId::new(NOW, 1), since: None };
        leased.paced.pacer.lease = Some(lease(NOW.plus_millis(1 - STALLED_AFTER_MS)));
        assert_eq!(verdict(&leased, NOW), Verdict::Leave(None));
        leased.paced.pacer.lease = Some(lease(NOW.plus_millis(-STALLED_AFTER_MS)));
        assert!(matches!(verdict(&leased, NOW), Verdict::Wake(..)), "its worker is gone");
    }

    #[test]
    fn a_lease_that_nobody_took_over_gets_a_ticket() {
        let mut left = look(&[]);
        let message_id = MessageId::new(NOW, 2);
        let lease = |until| Lease { owner: LeaseOwner(1), until, message_id, since: None };
        left.paced.pacer.lease = Some(lease(NOW.plus_millis(1 - STALLED_AFTER_MS)));
        assert_eq!(verdict(&left, NOW), Verdict::Forget);
        let until = NOW.plus_millis(-STALLED_AFTER_MS);
        left.paced.pacer.lease = Some(lease(until));
        let in_hand = PendingKey { priority: Priority::High, due: until, message_id };
        assert_eq!(verdict(&left, NOW), Verdict::Wake(vec![in_hand], None));
    }

    #[test]
    fn what_lies_far_ahead_is_let_rest_until_then() {
        let far = head(Priority::Normal, 200 * 24 * 60 * MINUTE);
        let until = far.due.plus_millis(STALLED_AFTER_MS);
        assert_eq!(verdict(&look(&[far]), NOW), Verdict::Leave(Some(until)));
        let young = Look { watched_at: NOW, ..look(&[far]) };
        assert_eq!(verdict(&young, NOW), Verdict::Leave(None), "more may have come");
        let near = head(Priority::High, MINUTE);
        assert_eq!(verdict(&look(&[near, far]), NOW), Verdict::Leave(None), "the first counts");
    }

    #[test]
    fn a_held_line_rests_no_longer_than_its_owner_may_wait() {
        let mut held = look(&[head(Priority::Normal, 0)]);
        let until = NOW.plus_millis(300 * MINUTE);
        held.paced.pacer.release.hold =
            Some(Hold { until, reason: HoldReason::AccountRestricted, detail: String::new() });
        assert_eq!(verdict(&held, NOW), Verdict::Leave(Some(NOW.plus_millis(KEPT_BACK_LOOK_MS))));
    }

    #[test]
    fn tickets_become_rarer_the_longer_a_line_stands_still() {
        let mut tickets = 0;
        let (begin, mut now) = (NOW, NOW);
        let paused = look(&[head(Priority::Bulk, 0)]);
        while now < begin.plus_millis(14 * 24 * 60 * MINUTE) {
            now = match verdict(&paused, now) {
                Verdict::Wake(_, rest) => {
                    tickets += 1;
                    rest.unwrap_or(now).max(now.plus_millis(SWEEP_PERIOD_MS))
                }
                _ => now.plus_millis(SWEEP_PERIOD_MS),
            };
        }
        assert!((20..40).contains(&tickets), "{tickets} in two weeks");
    }
}
