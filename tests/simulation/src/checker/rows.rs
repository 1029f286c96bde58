//! What is checked when a row is stored or changed.

use domain::limits::RETRIES_MAX;
use domain::values::ids::MessageKey;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use fakes::{Answer, Row, World};

use super::Checker;
use crate::promise::Promise;

/// A fault may be the cause of what happens within this time after it, in milliseconds: a lease runs out, a ticket
/// comes back, late copies arrive.
const AFTERMATH_MS: i64 = 90_000;

impl Checker {
    pub(super) fn row_stored(&mut self, world: &World, key: MessageKey, row: Row) {
        if row.status == Status::Queued {
            self.messages.entry(key).or_default().in_line_at = world.now();
        }
    }

    pub(super) fn row_changed(&mut self, world: &World, key: MessageKey, before: Row, after: Row) {
        self.check_forward(world, key, before, after);
        let now = world.now();
        let released_fence = self.session(key.session_id).released_fence;
        let track = self.messages.entry(key).or_default();
        if after.status == Status::Sending {
            track.claimed_at = now;
            track.is_groundless = after.fence <= released_fence;
        }
        if before.status == Status::Sending && after.status == Status::Queued {
            track.back_at = now;
            track.in_line_at = now;
        }
        if before.status == Status::Sending && after.outcome_unknown && !before.outcome_unknown {
            self.check_doubt(world, key);
        }
        if before.status == Status::Sending && after.status == Status::Failed && !after.outcome_unknown {
            self.check_failure(world, key, after);
        }
        if before.status == Status::Sending && after.status == Status::Sent {
            self.check_attempts(world, key, after);
        }
    }

    fn check_forward(&mut self, world: &World, key: MessageKey, before: Row, after: Row) {
        let is_open = before.outcome_unknown;
        let is_forward = match (before.status, after.status) {
            (Status::Queued, Status::Queued | Status::Sending | Status::Cancelled)
            | (Status::Sending, Status::Queued | Status::Sent | Status::Failed)
            | (Status::Sent, Status::Delivered | Status::Read | Status::Failed)
            | (Status::Delivered, Status::Read) => true,
            (Status::Failed, Status::Sent | Status::Delivered | Status::Read)
            // Of a cancelled campaign, what may have been sent is not repeated.
            | (Status::Queued, Status::Failed) => is_open,
            _ => false,
        };
        if !is_forward || after.fence < before.fence || after.attempts < before.attempts {
            let what = format!(
                "{} (fence {}, attempt {}) became {} (fence {}, attempt {})",
                before.status, before.fence.0, before.attempts, after.status, after.fence.0, after.attempts
            );
            self.violated(Promise::ForwardOnly, world, Some(key), what);
        }
    }

    /// A message was given up, or put back, with an unknown outcome: was there reason to?
    fn check_doubt(&mut self, world: &World, key: MessageKey) {
        self.counts.unknown += 1;
        let track = self.messages.entry(key).or_default();
        let (is_in_doubt, is_groundless, claimed_at) =
            (track.is_in_doubt, track.is_groundless, track.claimed_at);
        let shared_fault_at = self.shared_fault_at;
        let fault_at = self.session(key.session_id).severe_fault_at.max(shared_fault_at);
        if !is_in_doubt && (is_groundless || fault_at < claimed_at.plus_millis(-AFTERMATH_MS)) {
            let what = "its outcome counts as unknown, though nothing happened that could make it so";
            self.violated(Promise::NoBlindResend, world, Some(key), what);
        }
    }

    /// A message failed: did it have all its attempts?
    fn check_failure(&mut self, world: &World, key: MessageKey, after: Row) {
        let track = self.messages.entry(key).or_default();
        let answers = |answer| track.attempts.iter().filter(|attempt| attempt.known == Some(answer)).count();
        // The first refusal of the request makes a message of a campaign wait; a second one is about the message.
        let is_permanent = answers(Answer::Permanent) > 0 || answers(Answer::Refused) > 1;
        if !is_permanent && !track.is_malformed && after.attempts <= RETRIES_MAX {
            let what = format!("given up after {} attempts", after.attempts);
            self.violated(Promise::BoundedRetries, world, Some(key), what);
        }
    }

    /// A message was sent: does it say how many calls that took? A dead worker's call counts also if it was not made.
    fn check_attempts(&mut self, world: &World, key: MessageKey, after: Row) {
        let track = self.messages.entry(key).or_default();
        let calls = u32::try_from(track.counted().count()).unwrap_or(u32::MAX);
        let has_fault = {
            let shared_fault_at = self.shared_fault_at;
            self.session(key.session_id).severe_fault_at.max(shared_fault_at) > Timestamp::EPOCH
        };
        if after.attempts < calls || after.attempts > calls && !has_fault {
            let what = format!("{calls} calls, and {} attempts counted", after.attempts);
            self.violated(Promise::BoundedRetries, world, Some(key), what);
        }
    }
}
