//! Why a message still waits, for whoever asks.

use crate::message::Message;
use crate::pacer::Pacer;
use crate::status::Status;
use crate::time::Timestamp;

/// Why a message waits, and until when as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// `scheduled`, `retry`, `gap`, `in_line`, or the reason of the session's hold.
    pub reason: &'static str,
    /// It is not sent before this time.
    pub until: Option<Timestamp>,
}

/// Why a message waits; `None` when it does not.
pub fn waiting(message: &Message, pacer: &Pacer, now: Timestamp) -> Option<Waiting> {
    if message.status != Status::Queued {
        return None;
    }
    let due = message.pending_key.map_or(message.created_at, |key| key.due);
    let gap_ends = pacer.gap_ends(message.priority);
    let waiting = |reason, until| Some(Waiting { reason, until });
    match &pacer.hold {
        _ if due > now && message.attempts > 0 => waiting("retry", Some(due)),
        _ if due > now => waiting("scheduled", Some(due)),
        Some(hold) if hold.until > now => waiting(hold.reason.name(), Some(hold.until)),
        _ if gap_ends > now => waiting("gap", Some(gap_ends)),
        _ => waiting("in_line", None),
    }
}
