//! Claiming waiting messages, and keeping late claims off.

use domain::message::Message;
use domain::message::report::Report;
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::status::Status;
use futures_util::future::join;
use shared::ports::{Cancelled, Claim, PortError, Recorded, Reported, Row};

use crate::{Checked, Messages, RACES, row, sample};

async fn stored<M: Messages>(messages: &M) -> Result<Message, PortError> {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    Ok(message)
}

/// It is `sending` under our fence from then on; all else stays.
pub async fn a_claim_takes_a_waiting_message<M: Messages>(messages: &M) -> Checked {
    let message = stored(messages).await?;
    let claim = messages.claim(message.key(), Fence(7), sample::at(5)).await?;
    let mut expected = message.clone();
    (expected.status, expected.fence, expected.times.sending_at) =
        (Status::Sending, Fence(7), Some(sample::at(5)));
    assert_eq!(claim, Claim::Claimed(Row::Message(Box::new(expected.clone()))));
    assert_eq!(row(messages, &message).await?, expected);
    Ok(())
}

/// A worker that comes second learns under which fence the message is being sent.
pub async fn of_two_claims_at_once_one_succeeds<M: Messages>(messages: &M) -> Checked {
    for round in 0..RACES {
        let message = stored(messages).await?;
        let claim = |fence| messages.claim(message.key(), Fence(fence), sample::NOW);
        let (a, b) = join(claim(1), claim(2)).await;
        let fence = match (a?, b?) {
            (Claim::Claimed(_), Claim::Refused(Some(seen))) => (Fence(1), seen.fence()),
            (Claim::Refused(Some(seen)), Claim::Claimed(_)) => (Fence(2), seen.fence()),
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(fence.0, fence.1);
        assert_eq!(row(messages, &message).await?.fence, fence.0);
    }
    Ok(())
}

/// A worker that outlived its lease, or a late copy of its claim, gets nothing, also when the message waits again.
pub async fn a_claim_needs_a_higher_fence<M: Messages>(messages: &M) -> Checked {
    let message = stored(messages).await?;
    messages.claim(message.key(), Fence(5), sample::NOW).await?;
    let again = Progress::Requeued { due: sample::NOW, attempts: 1, error: None };
    messages.record(message.key(), message.priority, Fence(5), &again).await?;
    let before = row(messages, &message).await?;
    for fence in [0, 4, 5] {
        let claim = messages.claim(message.key(), Fence(fence), sample::at(9)).await?;
        assert_eq!(claim, Claim::Refused(Some(Row::Message(Box::new(before.clone())))), "fence {fence}");
    }
    assert_eq!(row(messages, &message).await?, before);
    assert!(matches!(messages.claim(message.key(), Fence(6), sample::NOW).await?, Claim::Claimed(_)));
    Ok(())
}

/// The SDK may repeat a write whose reply was lost; the row then shows our own fence.
pub async fn a_repeated_claim_is_ours<M: Messages>(messages: &M) -> Checked {
    let message = stored(messages).await?;
    let first = messages.claim(message.key(), Fence(3), sample::at(1)).await?;
    assert!(matches!(first, Claim::Claimed(_)));
    assert_eq!(messages.claim(message.key(), Fence(3), sample::at(2)).await?, first);
    Ok(())
}

/// In every state, the claimer learns the state.
pub async fn a_message_that_does_not_wait_is_refused_as_it_is<M: Messages>(messages: &M) -> Checked {
    for status in Status::ALL.into_iter().filter(|status| *status != Status::Queued) {
        let message = sample::in_state(sample::session_id(), status, None);
        messages.put(&message).await?;
        let claim = messages.claim(message.key(), Fence(9), sample::NOW).await?;
        assert_eq!(claim, Claim::Refused(Some(Row::Message(Box::new(message.clone())))), "{status}");
        assert_eq!(row(messages, &message).await?, message, "{status}");
    }
    Ok(())
}

/// Above all, no row: an update of `DynamoDB` creates one unless a condition forbids it.
pub async fn nothing_comes_of_writes_to_an_unknown_message<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    let key = message.key();
    let sent = Progress::Sent { at: sample::NOW, provider_message_id: None, attempts: 1 };
    assert_eq!(messages.claim(key, Fence(1), sample::NOW).await?, Claim::Refused(None));
    assert_eq!(messages.record(key, message.priority, Fence(0), &sent).await?, Recorded::No);
    assert_eq!(messages.cancel(key, sample::NOW).await?, Cancelled::NotFound);
    for status in Status::ALL {
        assert_eq!(
            messages.report(key, &Report::new(status, sample::NOW)).await?,
            Reported::NotFound,
            "{status}"
        );
    }
    messages.fence_off(key, Fence(1)).await?;
    assert_eq!(messages.row(key).await?, None);
    assert!(messages.waiting(key.session_id, None, 5).await?.keys.is_empty());
    Ok(())
}

/// A recovery looks at the row after this, and nothing may change it behind its back.
pub async fn a_fence_keeps_late_claims_off<M: Messages>(messages: &M) -> Checked {
    let message = stored(messages).await?;
    messages.fence_off(message.key(), Fence(5)).await?;
    for fence in [1, 4, 5] {
        let claim = messages.claim(message.key(), Fence(fence), sample::NOW).await?;
        assert!(matches!(claim, Claim::Refused(Some(_))), "fence {fence}");
    }
    assert_eq!(row(messages, &message).await?, Message { fence: Fence(5), ..message.clone() });
    assert!(matches!(messages.claim(message.key(), Fence(6), sample::NOW).await?, Claim::Claimed(_)));
    Ok(())
}

/// Late copies of an older worker's fence come, too.
pub async fn a_fence_is_never_lowered<M: Messages>(messages: &M) -> Checked {
    let message = stored(messages).await?;
    for fence in [5, 3, 5] {
        messages.fence_off(message.key(), Fence(fence)).await?;
        assert_eq!(row(messages, &message).await?.fence, Fence(5));
    }
    Ok(())
}

/// A message that is being sent keeps the fence of its worker, whose record would be lost otherwise.
pub async fn a_fence_changes_nothing_but_waiting_messages<M: Messages>(messages: &M) -> Checked {
    for status in Status::ALL.into_iter().filter(|status| *status != Status::Queued) {
        let message = sample::in_state(sample::session_id(), status, None);
        messages.put(&message).await?;
        messages.fence_off(message.key(), Fence(9)).await?;
        assert_eq!(row(messages, &message).await?, message, "{status}");
    }
    Ok(())
}
