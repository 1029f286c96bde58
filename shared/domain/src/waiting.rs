//! Why a message still waits, for whoever asks.

use crate::allowance::{NEW_CONTACTS_HELD, Standing};
use crate::message::Message;
use crate::status::Status;
use crate::time::Timestamp;

/// Why a message waits, and until when as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// `scheduled`, `retry`, `recipient_held`, `new_contacts_held`, `new_contacts_daily_max`, `daily_max`, `quiet_hours`,
    /// `gap`, `in_line`, or the reason of the session's hold.
    pub reason: &'static str,
    /// It is not sent before this time.
    pub until: Option<Timestamp>,
}

/// Why a message waits; `None` when it does not.
///
/// That it is kept back as one to a new contact is known once its line was looked through; until then it is `in_line`.
pub fn waiting(message: &Message, standing: &Standing<'_>, now: Timestamp) -> Option<Waiting> {
    if message.status != Status::Queued {
        return None;
    }
    let pacer = standing.pacer;
    let due = message.pending_key.map_or(message.created_at, |key| key.due);
    let gap_ends = pacer.gap_ends(message.priority);
    let closed = standing.closed(message.priority, now);
    let kept_back = message.pending_key.and_then(|place| standing.kept_back(place, now));
    let waiting = |reason, until| Some(Waiting { reason, until: Some(until) });
    match &pacer.hold {
        _ if due > now => waiting(put_off(message, standing, due), due),
        Some(hold) if hold.until > now => waiting(hold.reason.name(), hold.until),
        _ => match (closed, kept_back) {
            (closed, Some(kept)) if closed.is_none_or(|closed| closed.until < kept.until) => {
                waiting(kept.reason, kept.until)
            }
            (Some(closed), _) => waiting(closed.reason, closed.until),
            _ if gap_ends > now => waiting("gap", gap_ends),
            _ => Some(Waiting { reason: "in_line", until: None }),
        },
    }
}

/// Why a message has a time of its own that is still to come.
fn put_off(message: &Message, standing: &Standing<'_>, due: Timestamp) -> &'static str {
    let was_tried = message.times.sending_at.is_some() && message.error.is_some();
    let held = standing.pacer.new_contacts_hold.as_ref().is_some_and(|hold| hold.until == due);
    match message.attempts {
        _ if was_tried && held => NEW_CONTACTS_HELD,
        0 if was_tried => "recipient_held",
        0 => "scheduled",
        _ => "retry",
    }
}
