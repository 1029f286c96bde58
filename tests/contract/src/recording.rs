//! Recording what an attempt came to.

use domain::message::pending::PendingKey;
use domain::message::report::Report;
use domain::message::{Message, MessageError};
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::status::Status;
use futures_util::future::join;
use shared::ports::{PortError, Recorded, Reported};

use crate::{Checked, Messages, RACES, row, sample};

const FENCE: Fence = Fence(4);

/// A message that is being sent under [`FENCE`], with the error of an earlier attempt.
async fn claimed<M: Messages>(messages: &M) -> Result<Message, PortError> {
    let message =
        Message { error: Some(sample::refused()), attempts: 1, ..sample::message(sample::session_id()) };
    messages.put(&message).await?;
    messages.claim(message.key(), FENCE, sample::at(1)).await?;
    row(messages, &message).await
}

async fn record<M: Messages>(
    messages: &M,
    message: &Message,
    progress: &Progress,
) -> Result<Recorded, PortError> {
    messages.record(message.key(), message.priority, FENCE, progress).await
}

async fn line<M: Messages>(messages: &M, message: &Message) -> Result<Vec<PendingKey>, PortError> {
    Ok(messages.waiting(message.session_id, None, 5).await?.keys)
}

fn sent(provider_message_id: Option<&str>) -> Progress {
    let provider_message_id = provider_message_id.map(str::to_owned);
    Progress::Sent { at: sample::at(2), provider_message_id, attempts: 2 }
}

fn requeued(error: Option<MessageError>) -> Progress {
    Progress::Requeued { due: sample::at(9_000), attempts: 2, error }
}

fn failed() -> Progress {
    Progress::Failed { at: sample::at(2), error: sample::unknown(), attempts: 2 }
}

fn each_progress() -> [Progress; 3] {
    [sent(Some("wamid.1")), requeued(Some(sample::unknown())), failed()]
}

/// With the provider's id, where there is one, and without the error of an earlier attempt.
pub async fn a_sent_message_leaves_the_line<M: Messages>(messages: &M) -> Checked {
    for id in [Some("wamid.1"), None] {
        let mut message = claimed(messages).await?;
        assert_eq!(record(messages, &message, &sent(id)).await?, Recorded::Yes);
        (message.status, message.attempts, message.error, message.pending_key) =
            (Status::Sent, 2, None, None);
        (message.provider_message_id, message.times.sent_at) = (id.map(str::to_owned), Some(sample::at(2)));
        message.delete_after = Some(message.retention.after(sample::at(2)));
        assert_eq!(row(messages, &message).await?, message);
        assert!(line(messages, &message).await?.is_empty());
    }
    Ok(())
}

/// To its new due time; the error is that of the last attempt, or none.
pub async fn a_requeued_message_moves_in_line<M: Messages>(messages: &M) -> Checked {
    for error in [Some(sample::unknown()), None] {
        let mut message = claimed(messages).await?;
        assert_eq!(record(messages, &message, &requeued(error.clone())).await?, Recorded::Yes);
        let (priority, message_id) = (message.priority, message.message_id);
        message.pending_key = Some(PendingKey { priority, due: sample::at(9_000), message_id });
        (message.status, message.attempts, message.error) = (Status::Queued, 2, error);
        assert_eq!(row(messages, &message).await?, message);
        assert_eq!(line(messages, &message).await?, Vec::from_iter(message.pending_key));
    }
    Ok(())
}

/// With the reason.
pub async fn a_failed_message_leaves_the_line<M: Messages>(messages: &M) -> Checked {
    let mut message = claimed(messages).await?;
    assert_eq!(record(messages, &message, &failed()).await?, Recorded::Yes);
    (message.status, message.attempts, message.pending_key) = (Status::Failed, 2, None);
    (message.error, message.times.failed_at) = (Some(sample::unknown()), Some(sample::at(2)));
    message.delete_after = Some(message.retention.after(sample::at(2)));
    assert_eq!(row(messages, &message).await?, message);
    assert!(line(messages, &message).await?.is_empty());
    Ok(())
}

/// Neither an older nor a newer one.
pub async fn a_record_needs_the_fence_of_the_claim<M: Messages>(messages: &M) -> Checked {
    let message = claimed(messages).await?;
    for progress in each_progress() {
        for fence in [0, FENCE.0 - 1, FENCE.0 + 1] {
            let recorded = messages.record(message.key(), message.priority, Fence(fence), &progress).await?;
            assert_eq!(recorded, Recorded::No, "fence {fence}");
            assert_eq!(row(messages, &message).await?, message, "fence {fence}");
        }
    }
    Ok(())
}

/// Whoever ended it first stays right.
pub async fn a_record_needs_a_message_that_is_being_sent<M: Messages>(messages: &M) -> Checked {
    for status in Status::ALL.into_iter().filter(|status| *status != Status::Sending) {
        let message = Message { fence: FENCE, ..sample::in_state(sample::session_id(), status, None) };
        messages.put(&message).await?;
        for progress in each_progress() {
            assert_eq!(record(messages, &message, &progress).await?, Recorded::No, "{status}");
        }
        assert_eq!(row(messages, &message).await?, message, "{status}");
    }
    Ok(())
}

/// The SDK may repeat a write whose reply was lost.
pub async fn a_repeated_record_is_stored_already<M: Messages>(messages: &M) -> Checked {
    for progress in each_progress() {
        let message = claimed(messages).await?;
        assert_eq!(record(messages, &message, &progress).await?, Recorded::Yes);
        let once = row(messages, &message).await?;
        assert_eq!(record(messages, &message, &progress).await?, Recorded::Yes, "{progress:?}");
        assert_eq!(row(messages, &message).await?, once);
    }
    Ok(())
}

/// A webhook, or a caller, may be faster than the repetition.
pub async fn a_repeated_record_is_stored_already_whatever_came_after<M: Messages>(messages: &M) -> Checked {
    let message = claimed(messages).await?;
    record(messages, &message, &sent(None)).await?;
    assert_eq!(
        messages.report(message.key(), &Report::new(Status::Read, sample::at(3))).await?,
        Reported::Applied
    );
    assert_eq!(record(messages, &message, &sent(None)).await?, Recorded::Yes);
    assert_eq!(row(messages, &message).await?.status, Status::Read);

    let message = claimed(messages).await?;
    record(messages, &message, &requeued(None)).await?;
    messages.cancel(message.key(), sample::at(3)).await?;
    assert_eq!(record(messages, &message, &requeued(None)).await?, Recorded::Yes);
    assert_eq!(row(messages, &message).await?.status, Status::Cancelled);
    Ok(())
}

/// A recovery records under the fence of the worker that it takes for dead; if that worker is still alive, it must learn of this.
pub async fn another_outcome_under_the_same_fence_is_no_repetition<M: Messages>(messages: &M) -> Checked {
    for first in each_progress() {
        let message = claimed(messages).await?;
        record(messages, &message, &first).await?;
        let once = row(messages, &message).await?;
        for second in each_progress().into_iter().filter(|second| *second != first) {
            assert_eq!(
                record(messages, &message, &second).await?,
                Recorded::No,
                "{first:?}, then {second:?}"
            );
        }
        assert_eq!(row(messages, &message).await?, once);
    }
    let message = claimed(messages).await?;
    record(messages, &message, &failed()).await?;
    let later = Progress::Failed { at: sample::at(3), error: sample::unknown(), attempts: 2 };
    assert_eq!(record(messages, &message, &later).await?, Recorded::No);
    Ok(())
}

/// The same outcome at the same time, but of another claim or another attempt.
pub async fn a_repeated_record_has_the_same_fence_and_attempts<M: Messages>(messages: &M) -> Checked {
    for progress in each_progress() {
        let message = claimed(messages).await?;
        record(messages, &message, &progress).await?;
        for fence in [FENCE.0 - 1, FENCE.0 + 1] {
            let recorded = messages.record(message.key(), message.priority, Fence(fence), &progress).await?;
            assert_eq!(recorded, Recorded::No, "fence {fence}, {progress:?}");
        }
        assert_eq!(record(messages, &message, &with_another_attempt(progress)).await?, Recorded::No);
    }
    Ok(())
}

fn with_another_attempt(mut progress: Progress) -> Progress {
    match &mut progress {
        Progress::Sent { attempts, .. }
        | Progress::Requeued { attempts, .. }
        | Progress::Failed { attempts, .. } => {
            *attempts += 1;
        }
    }
    progress
}

/// A worker and the recovery that took it for dead.
pub async fn of_two_outcomes_at_once_one_is_stored<M: Messages>(messages: &M) -> Checked {
    for round in 0..RACES {
        let message = claimed(messages).await?;
        let (worker, recovery) = (sent(Some("wamid.1")), failed());
        let both = join(record(messages, &message, &worker), record(messages, &message, &recovery)).await;
        let status = match (both.0?, both.1?) {
            (Recorded::Yes, Recorded::No) => Status::Sent,
            (Recorded::No, Recorded::Yes) => Status::Failed,
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(row(messages, &message).await?.status, status);
    }
    Ok(())
}
