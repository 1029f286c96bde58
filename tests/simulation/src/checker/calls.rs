//! What is checked when a provider call starts, ends, and is answered.

use domain::limits::RETRIES_MAX;
use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::sending::attempt::retry_delay_ms;
use domain::tuning::{DISPATCH_TIMEOUT_MS, PROVIDER_TIMEOUT_MS};
use domain::values::fence::Fence;
use domain::values::ids::{MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use fakes::{Answer, CallId, World};

use super::Checker;
use super::track::Attempt;
use crate::promise::{Promise, short};

/// A reply starts within this time after nothing holds it up any more, in milliseconds.
const REPLY_LATE_MS: i64 = 1_000;
/// The same for all other messages.
const OTHERS_LATE_MS: i64 = 2_000;
/// What waits for a hold is in the timer, which has whole seconds, in milliseconds.
const TIMER_STEP_MS: i64 = 1_000;
/// What is put off so far, in milliseconds, is woken by `promote`.
const FAR_MS: i64 = 13 * 60_000;
/// How late it may be then, in milliseconds.
const FAR_LATE_MS: i64 = 45_000;
/// After a fault a session has this time, in milliseconds, to get going again.
const RECOVERY_MS: i64 = 60_000;

impl Checker {
    pub(super) fn call_started(
        &mut self,
        world: &World,
        id: CallId,
        key: MessageKey,
        deadline: Option<Timestamp>,
    ) {
        self.counts.calls += 1;
        self.check_one_at_a_time(world, key);
        self.check_fit(world, key, deadline);
        self.check_repeat(world, key);
        self.check_campaign(world, key);
        self.check_deletion(world, key);
        if let Some(message) = world.message(key) {
            self.check_gap(world, &message);
            self.check_order(world, &message);
            self.check_wait(world, &message);
            self.check_limits(world, &message);
            self.take_in_hand(world, id, &message);
        }
        self.session(key.session_id).running.push((id, key));
        let track = self.messages.entry(key).or_default();
        track.attempts.push_back(Attempt { id, ended_at: None, known: None });
        let is_withdrawn = track.is_withdrawn;
        if track.is_cancelled {
            self.violated(Promise::CancelIsFinal, world, Some(key), "a call started after the cancel");
        }
        if is_withdrawn {
            let what = "a call started after its sender was told that it was not kept";
            self.violated(Promise::RefusedIsFinal, world, Some(key), what);
        }
    }

    /// A worker has read the session before its lease, and its time is up some seconds later.
    fn check_deletion(&mut self, world: &World, key: MessageKey) {
        let limit_ms = DISPATCH_TIMEOUT_MS + 2 * self.terms.skew_ms + self.terms.overtime_ms;
        let Some(deleted_at) = self.session(key.session_id).deleted_at else { return };
        let late_ms = world.now().millis_since(deleted_at);
        if late_ms > limit_ms {
            let what = format!("a call started {late_ms} ms after its session was deleted");
            self.violated(Promise::DeletionIsPrompt, world, Some(key), what);
        }
    }

    fn check_one_at_a_time(&mut self, world: &World, key: MessageKey) {
        if let Some((_, other)) = self.session(key.session_id).running.first().copied() {
            let what = format!("the call for message {} is still running", short(other.message_id));
            self.violated(Promise::OneAtATime, world, Some(key), what);
        }
    }

    fn check_fit(&mut self, world: &World, key: MessageKey, deadline: Option<Timestamp>) {
        let ends_at = world.now().plus_millis(PROVIDER_TIMEOUT_MS);
        if let Some(over) = deadline.map(|deadline| ends_at.millis_since(deadline)).filter(|over| *over > 0) {
            self.violated(Promise::CallsFit, world, Some(key), format!("it may last {over} ms too long"));
        }
    }

    fn check_gap(&mut self, world: &World, message: &Message) {
        let (now, key, terms) = (world.now(), message.key(), self.terms);
        let session = self.session(key.session_id);
        let held_until = session.held_until;
        let class = usize::from(message.priority == Priority::Bulk);
        let (earliest, gap_end) = (session.earliest[class], session.gaps[class]);
        let early_ms = earliest.millis_since(now.plus_millis(2 * terms.skew_ms + terms.overtime_ms));
        if early_ms > 0 {
            let what = format!("{early_ms} ms before the end of the smallest gap");
            self.violated(Promise::GapRespected, world, Some(key), what);
        } else if now.plus_millis(terms.skew_ms) < gap_end {
            let what = format!("{} ms before the end of the gap", gap_end.millis_since(now));
            self.violated(Promise::GapRespected, world, Some(key), what);
        }
        if now.plus_millis(terms.skew_ms) < held_until {
            let what = format!("{} ms before the end of the hold", held_until.millis_since(now));
            self.violated(Promise::TroubleRests, world, Some(key), what);
        }
        let due = message.pending_key.map_or(now, |place| place.due);
        if now.plus_millis(terms.skew_ms) < due {
            let what = format!("{} ms before it was due", due.millis_since(now));
            self.violated(Promise::OnTime, world, Some(key), what);
        }
    }

    /// Looks for a message that should have gone first.
    fn check_order(&mut self, world: &World, message: &Message) {
        let Some(place) = message.pending_key else { return };
        let skew_ms = self.terms.skew_ms;
        let session = self.session(message.session_id);
        let (picked_at, minds_contacts) = (session.leased_at, session.minds_contacts);
        let mut better: Option<PendingKey> = None;
        world.visit_line(message.session_id, place, |other, since, row| {
            let was_there = since < picked_at && other.due.plus_millis(skew_ms) < picked_at;
            let is_free = self.free_since(row.key()).is_some_and(|since| since < picked_at);
            let is_kept_back = minds_contacts && other.priority != Priority::High;
            if was_there
                && !is_kept_back
                && is_free
                && row.status == Status::Queued
                && !self.is_young(row, picked_at)
            {
                better = Some(other);
            }
            better.is_none()
        });
        if let Some(other) = better {
            let what = format!(
                "priority {} while {} of priority {} was due since {} ms",
                place.priority,
                short(other.message_id),
                other.priority,
                world.now().millis_since(other.due)
            );
            self.violated(Promise::PriorityStrict, world, Some(message.key()), what);
        }
    }

    /// Whether a message was put back in line only after the choice was made.
    fn is_young(&self, row: &Message, picked_at: Timestamp) -> bool {
        self.messages.get(&row.key()).is_some_and(|track| track.back_at >= picked_at)
    }

    /// Looks how long a message waited although nothing held it up.
    fn check_wait(&mut self, world: &World, message: &Message) {
        let Some(place) = message.pending_key else { return };
        let (shared_fault_at, skew_ms) = (self.shared_fault_at, self.terms.skew_ms);
        // What was never accepted may have no ticket: it goes out when anything else wakes its session.
        let Some(track) = self.messages.get(&message.key()).filter(|track| track.is_accepted) else { return };
        // An API that is slow to put a message in line sets its timer late; nobody was told of it meanwhile.
        let accept_ms = if track.attempts.is_empty() { track.accept_ms } else { 0 };
        let ready_at = track.in_line_at.max(place.due).plus_millis(accept_ms);
        let in_line_at = track.in_line_at;
        let free_since = self.free_since(message.key()).unwrap_or_else(|| world.now());
        let session = self.session(message.session_id);
        // Days and nights of waiting are looked at as a whole.
        let has_days = session.limits.is_some() || session.minds_contacts;
        // What has a wake-up of its own is as late as `promote` is, which faults may delay; but sooner than `sweep` finds it.
        let was_far = place.due.millis_since(in_line_at) > FAR_MS;
        if has_days && message.priority != Priority::High {
            return;
        }
        let fault_at = session.fault_at.max(shared_fault_at);
        let held_until = session.held_until;
        let free_at = [
            place.due,
            ready_at,
            free_since,
            session.released_at,
            held_until,
            session.gaps[usize::from(place.priority == Priority::Bulk)],
        ];
        let free_at = free_at.into_iter().max().unwrap_or_default();
        let hold_is_over =
            if held_until == Timestamp::EPOCH { held_until } else { held_until.plus_millis(TIMER_STEP_MS) };
        let late_ms = world.now().millis_since(free_at.max(fault_at.plus_millis(RECOVERY_MS)));
        let is_strict = fault_at.plus_millis(RECOVERY_MS) <= free_at;
        self.counts.strict_waits += u64::from(is_strict);
        let was_at_once = message.scheduled_at.is_none();
        let (promise, limit_ms) = match place.priority {
            // Timers have whole seconds: what waits for a time of its own has the tolerance of `on_time`.
            Priority::High if was_at_once && free_at > place.due && free_at > hold_is_over => {
                (Promise::ReplyNotHeld, REPLY_LATE_MS)
            }
            Priority::High => (Promise::ReplyNotHeld, OTHERS_LATE_MS),
            Priority::Normal | Priority::Bulk => (Promise::Fair, OTHERS_LATE_MS),
        };
        let limit_ms = if was_far { FAR_LATE_MS } else { limit_ms };
        if is_strict && !was_far && place.priority == Priority::High {
            self.reply_waits.push(late_ms);
        }
        if late_ms > limit_ms + 2 * skew_ms {
            self.violated(promise, world, Some(message.key()), format!("{late_ms} ms late"));
        }
    }

    /// Looks at what was done with the message before.
    fn check_repeat(&mut self, world: &World, key: MessageKey) {
        let is_idempotent = self.session(key.session_id).is_idempotent;
        let skew_ms = self.terms.skew_ms;
        let track = self.messages.entry(key).or_default();
        let in_doubt = track.attempts.iter().any(|attempt| {
            !matches!(
                attempt.known,
                Some(
                    Answer::Transient | Answer::Trouble | Answer::Refused | Answer::Held | Answer::NoNewChats
                )
            )
        });
        // Where repeats are safe, a worker may have died with the answer before anybody else got to know it.
        let is_permanent =
            !is_idempotent && track.attempts.iter().any(|attempt| attempt.known == Some(Answer::Permanent));
        let count = track.counted().count();
        let last_end = track.counted().last().and_then(|attempt| attempt.ended_at);
        let delay_ms = retry_delay_ms(u32::try_from(count).unwrap_or(u32::MAX)).unwrap_or(0);
        let early_ms = last_end.map_or(0, |end| delay_ms - 2 * skew_ms - world.now().millis_since(end));
        if in_doubt && !is_idempotent && !is_permanent {
            self.violated(Promise::NoBlindResend, world, Some(key), "given to its provider again in doubt");
        }
        if is_permanent {
            self.violated(Promise::BoundedRetries, world, Some(key), "tried again after a permanent failure");
        } else if count > usize::try_from(RETRIES_MAX).unwrap_or(0) {
            self.violated(Promise::BoundedRetries, world, Some(key), format!("call {}", count + 1));
        } else if early_ms > 0 {
            let what = format!("call {}, {early_ms} ms too early", count + 1);
            self.violated(Promise::BoundedRetries, world, Some(key), what);
        }
    }

    pub(super) fn call_ended(
        &mut self,
        world: &World,
        id: CallId,
        key: MessageKey,
        answer: Answer,
        was_sent: bool,
    ) {
        let (after_reply, after_bulk) = self.min_gaps(key);
        let session = self.session(key.session_id);
        session.running.retain(|(running, _)| *running != id);
        let [_, bulk] = session.earliest;
        let reply = world.now().plus_millis(after_reply);
        session.earliest = [reply, after_bulk.map_or(reply.max(bulk), |own| world.now().plus_millis(own))];
        self.count_day(key.session_id, id, was_sent);
        let track = self.messages.entry(key).or_default();
        if let Some(attempt) = track.attempts.iter_mut().find(|attempt| attempt.id == id) {
            attempt.ended_at = Some(world.now());
        }
        if was_sent {
            track.times_sent += 1;
            let (times, is_cancelled) = (track.times_sent, track.is_cancelled);
            self.counts.sent += 1;
            if times > 1 {
                self.violated(Promise::NoBlindResend, world, Some(key), format!("went out {times} times"));
            }
            if is_cancelled {
                self.violated(Promise::CancelIsFinal, world, Some(key), "went out after the cancel");
            }
        }
        if answer == Answer::Unknown {
            self.messages.entry(key).or_default().is_in_doubt = true;
        }
    }

    pub(super) fn call_answered(&mut self, world: &World, id: CallId, key: MessageKey, answer: Answer) {
        let track = self.messages.entry(key).or_default();
        if let Some(attempt) = track.attempts.iter_mut().find(|attempt| attempt.id == id) {
            attempt.known = Some(answer);
        }
        let refusals = track.attempts.iter().filter(|attempt| attempt.known == Some(Answer::Refused)).count();
        // A second refusal of a message is about that message: its campaign goes on.
        if answer == Answer::Refused && refusals == 1 {
            self.campaign_refused(world, key);
        }
        if answer == Answer::NoNewChats {
            self.session(key.session_id).opens_no_chats = true;
        }
        if answer == Answer::Trouble {
            self.session(key.session_id).is_in_trouble = true;
        }
    }

    pub(super) fn session_released(
        &mut self,
        world: &World,
        session_id: SessionId,
        fence: Fence,
        gaps: [Timestamp; 2],
        held_until: Option<Timestamp>,
    ) {
        let skew_ms = self.terms.skew_ms;
        let now = world.now();
        let session = self.session(session_id);
        let is_fresh = gaps != session.gaps;
        session.released_at = now;
        session.released_fence = session.released_fence.max(fence);
        session.gaps = gaps;
        session.held_until = held_until.unwrap_or_default();
        let (gap, has_other_gaps) = (session.gap, session.has_other_gaps);
        let is_in_trouble = std::mem::take(&mut session.is_in_trouble);
        let opens_no_chats = std::mem::take(&mut session.opens_no_chats);
        let left_ms = gaps[0].millis_since(now);
        if left_ms > gap.max_ms + skew_ms || gaps[0] > gaps[1] {
            self.violated(
                Promise::GapRespected,
                world,
                None,
                format!("a gap of {left_ms} ms was left behind"),
            );
        }
        let is_noted =
            || world.session(session_id).is_some_and(|state| state.pacer.release.new_contacts_hold.is_some());
        if opens_no_chats && !is_noted() {
            self.violated(Promise::NewContactsRest, world, None, "forgotten that no chats may be opened");
        }
        if is_in_trouble && held_until.is_none() {
            self.violated(Promise::TroubleRests, world, None, "no rest after trouble of the session");
        }
        if is_fresh && gap.max_ms > gap.min_ms && !has_other_gaps {
            self.gap_places.push((left_ms - gap.min_ms) * 1_000 / (gap.max_ms - gap.min_ms));
        }
    }
}
