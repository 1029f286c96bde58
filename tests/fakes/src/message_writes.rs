//! What writes do to a row of the table of messages.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::message::report::Report;
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

/// Stores what an attempt came to.
pub(crate) fn apply(message: &mut Message, priority: Priority, progress: &Progress) {
    match progress {
        Progress::Sent { at, provider_message_id, attempts } => {
            message.status = Status::Sent;
            message.times.sent_at = Some(*at);
            message.attempts = *attempts;
            message.provider_message_id.clone_from(provider_message_id);
            message.error = None;
            out_of_line(message, *at);
        }
        Progress::Requeued { due, attempts, error } => {
            message.status = Status::Queued;
            message.pending_key = Some(PendingKey { priority, due: *due, message_id: message.message_id });
            message.attempts = *attempts;
            message.error.clone_from(error);
        }
        Progress::Failed { at, error, attempts } => {
            message.status = Status::Failed;
            message.times.failed_at = Some(*at);
            message.attempts = *attempts;
            message.error = Some(error.clone());
            out_of_line(message, *at);
        }
    }
}

/// Takes a message out of its line for good, and begins the time that it is still kept.
pub(crate) fn out_of_line(message: &mut Message, at: Timestamp) {
    message.pending_key = None;
    message.delete_after = Some(message.retention.after(at));
}

/// Whether a row shows that this very record was stored before, by another copy of the same write.
pub(crate) fn bears(row: &Message, priority: Priority, fence: Fence, progress: &Progress) -> bool {
    let (attempts, effect) = match progress {
        Progress::Sent { at, attempts, .. } => (attempts, row.times.sent_at == Some(*at)),
        Progress::Failed { at, attempts, .. } => (attempts, row.times.failed_at == Some(*at)),
        Progress::Requeued { due, attempts, .. } => {
            let place = PendingKey { priority, due: *due, message_id: row.message_id };
            (attempts, row.status == Status::Cancelled || row.pending_key == Some(place))
        }
    };
    row.status != Status::Sending && row.fence == fence && row.attempts == *attempts && effect
}

/// Stores what a provider reports.
pub(crate) fn apply_report(message: &mut Message, report: &Report) {
    let (next, at) = (report.status, report.at);
    message.status = next;
    if message.provider_message_id.is_none() {
        message.provider_message_id.clone_from(&report.provider_message_id);
    }
    match next {
        Status::Sent => message.times.sent_at = Some(at),
        Status::Delivered => message.times.delivered_at = Some(at),
        Status::Read => message.times.read_at = Some(at),
        Status::Failed => message.times.failed_at = Some(at),
        Status::Queued | Status::Sending | Status::Received | Status::Cancelled => {}
    }
    if next == Status::Failed {
        message.error = Some(report.failure());
    } else {
        message.error = None;
        message.times.failed_at = None;
    }
}
