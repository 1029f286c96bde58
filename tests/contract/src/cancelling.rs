//! Taking waiting messages back (`cancel_is_final`).

use domain::message::{Message, MessageError};
use domain::values::fence::Fence;
use domain::values::status::Status;
use futures_util::future::join;
use shared::ports::{Cancelled, Claim};

use crate::{Checked, Messages, RACES, row, sample};

/// It leaves the line at once, and the answer shows it as it is then.
pub async fn a_waiting_message_is_cancelled<M: Messages>(messages: &M) -> Checked {
    let mut message = sample::message(sample::session_id());
    messages.put(&message).await?;
    let cancelled = messages.cancel(message.key(), sample::at(4)).await?;
    (message.status, message.pending_key) = (Status::Cancelled, None);
    message.times.cancelled_at = Some(sample::at(4));
    message.delete_after = Some(message.retention.after(sample::at(4)));
    assert_eq!(cancelled, Cancelled::Yes(Box::new(message.clone())));
    assert_eq!(row(messages, &message).await?, message);
    assert!(messages.waiting(message.session_id, None, 5).await?.keys.is_empty());
    Ok(())
}

/// The second answer is the first.
pub async fn cancelling_twice_is_cancelling_once<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    let first = messages.cancel(message.key(), sample::at(4)).await?;
    assert_eq!(messages.cancel(message.key(), sample::at(5)).await?, first);
    Ok(())
}

/// It waits only to be repeated under the same id, after an attempt of unknown outcome.
pub async fn what_may_have_been_sent_is_not_cancelled<M: Messages>(messages: &M) -> Checked {
    let error = Some(MessageError::outcome_unknown("The answer was lost"));
    let message = Message { error, attempts: 1, ..sample::message(sample::session_id()) };
    messages.put(&message).await?;
    assert_eq!(messages.cancel(message.key(), sample::NOW).await?, Cancelled::TooLate(Status::Queued));
    assert_eq!(row(messages, &message).await?, message);
    Ok(())
}

/// The answer names the state that it has instead.
pub async fn what_no_longer_waits_is_not_cancelled<M: Messages>(messages: &M) -> Checked {
    for status in
        Status::ALL.into_iter().filter(|status| !matches!(status, Status::Queued | Status::Cancelled))
    {
        let message = sample::in_state(sample::session_id(), status, None);
        messages.put(&message).await?;
        assert_eq!(messages.cancel(message.key(), sample::NOW).await?, Cancelled::TooLate(status));
        assert_eq!(row(messages, &message).await?, message, "{status}");
    }
    Ok(())
}

/// Never both, never none.
pub async fn of_a_cancel_and_a_claim_at_once_one_wins<M: Messages>(messages: &M) -> Checked {
    for round in 0..RACES {
        let message = sample::message(sample::session_id());
        messages.put(&message).await?;
        let claim = messages.claim(message.key(), Fence(1), sample::NOW);
        let (claim, cancel) = join(claim, messages.cancel(message.key(), sample::NOW)).await;
        let status = match (claim?, cancel?) {
            (Claim::Claimed(_), Cancelled::TooLate(Status::Sending)) => Status::Sending,
            (Claim::Refused(Some(seen)), Cancelled::Yes(_)) if seen.status() == Status::Cancelled => {
                Status::Cancelled
            }
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(row(messages, &message).await?.status, status);
    }
    Ok(())
}

/// No fence is high enough to claim it.
pub async fn a_cancelled_message_is_never_claimed<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.cancel(message.key(), sample::NOW).await?;
    let claim = messages.claim(message.key(), Fence(u64::MAX), sample::NOW).await?;
    assert!(matches!(claim, Claim::Refused(Some(seen)) if seen.status() == Status::Cancelled));
    Ok(())
}
