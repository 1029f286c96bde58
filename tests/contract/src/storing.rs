//! Storing, looking up and taking back messages.

use domain::message::{Content, Message, StateTimes};
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::status::Status;
use shared::ports::{Claim, PortError, ReadMessages, Withdrawn};

use crate::{Checked, LOOKS, Messages, sample};

async fn read<M: Messages>(messages: &M, message: &Message) -> Result<Option<Message>, PortError> {
    ReadMessages::get(messages, message.key()).await
}

/// Every field, the longest text, and characters that formats like to break.
pub async fn a_message_is_read_as_it_was_stored<M: Messages>(messages: &M) -> Checked {
    let message = sample::full(sample::session_id());
    messages.put(&message).await?;
    assert_eq!(read(messages, &message).await?.as_ref(), Some(&message));
    Ok(())
}

/// No field that need not be set.
pub async fn a_short_message_is_read_as_it_was_stored<M: Messages>(messages: &M) -> Checked {
    let mut message = sample::message(sample::session_id());
    (message.pending_key, message.times, message.content.text) = (None, StateTimes::default(), None);
    messages.put(&message).await?;
    assert_eq!(read(messages, &message).await?.as_ref(), Some(&message));
    Ok(())
}

/// There is nothing where nothing was stored.
pub async fn an_unknown_message_is_none<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    assert_eq!(read(messages, &message).await?, None);
    assert_eq!(messages.locate(message.account_id, message.message_id).await?, None);
    Ok(())
}

/// The id alone is no address.
pub async fn a_message_of_another_session_is_none<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    let elsewhere = Message { session_id: sample::session_id(), ..message };
    assert_eq!(read(messages, &elsewhere).await?, None);
    Ok(())
}

/// The SDK may repeat a write whose reply was lost.
pub async fn storing_an_id_again_changes_nothing<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    let other =
        Message { content: Content::text("other"), attempts: 3, pending_key: None, ..message.clone() };
    messages.put(&other).await?;
    assert_eq!(read(messages, &message).await?.as_ref(), Some(&message));
    assert_eq!(messages.waiting(message.session_id, None, 5).await?.keys.len(), 1);
    Ok(())
}

/// A late copy of the first write must not put a message that is being sent back in line.
pub async fn storing_an_id_again_does_not_bring_a_message_back<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    messages.put(&message).await?;
    let row = read(messages, &message).await?;
    assert_eq!(row.map(|row| row.status), Some(Status::Sending));
    Ok(())
}

/// A provider's webhook may come twice.
pub async fn an_inbound_message_stored_twice_is_there_once<M: Messages>(messages: &M) -> Checked {
    let message = sample::in_state(sample::session_id(), Status::Received, None);
    messages.put(&message).await?;
    messages.put(&Message { content: Content::text("other"), ..message.clone() }).await?;
    assert_eq!(read(messages, &message).await?.as_ref(), Some(&message));
    assert!(messages.waiting(message.session_id, None, 5).await?.keys.is_empty());
    Ok(())
}

/// It leaves the line, and stays where a late copy of its first write finds it.
pub async fn an_untouched_message_is_withdrawn<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    assert_eq!(messages.withdraw(&message, sample::NOW).await?, Withdrawn::Yes);
    messages.put(&message).await?;
    assert_eq!(read(messages, &message).await?, Some(message.withdrawn(sample::NOW)));
    assert!(messages.waiting(message.session_id, None, 5).await?.keys.is_empty());
    Ok(())
}

/// Whether the write that stores a message has arrived, nobody knows when its reply is lost.
pub async fn a_message_is_withdrawn_before_it_arrives<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    assert_eq!(messages.withdraw(&message, sample::NOW).await?, Withdrawn::Yes);
    messages.put(&message).await?;
    assert_eq!(read(messages, &message).await?.map(|row| row.status), Some(Status::Cancelled));
    Ok(())
}

/// The SDK may repeat a write whose reply was lost.
pub async fn withdrawing_twice_is_withdrawing_once<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    for _ in 0..2 {
        assert_eq!(messages.withdraw(&message, sample::NOW).await?, Withdrawn::Yes);
    }
    Ok(())
}

/// A message that a worker has fenced off or put back is cancelled, and keeps its other fields.
pub async fn a_message_that_went_back_in_line_is_withdrawn<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    let again = Progress::Requeued { due: sample::at(5_000), attempts: 1, error: Some(sample::refused()) };
    messages.record(message.key(), message.priority, Fence(1), &again).await?;
    assert_eq!(messages.withdraw(&message, sample::NOW).await?, Withdrawn::Yes);
    let row = read(messages, &message).await?.expect("the row stays");
    assert_eq!((row.status, row.attempts, row.fence), (Status::Cancelled, 1, Fence(1)));
    Ok(())
}

/// Neither while it is sent, nor when it has ended.
pub async fn a_message_in_a_workers_hands_is_not_withdrawn<M: Messages>(messages: &M) -> Checked {
    let [claimed, sent] = [(); 2].map(|()| sample::message(sample::session_id()));
    for message in [&claimed, &sent] {
        messages.put(message).await?;
        assert!(matches!(messages.claim(message.key(), Fence(1), sample::NOW).await?, Claim::Claimed(_)));
    }
    let done = Progress::Sent { at: sample::NOW, provider_message_id: None, attempts: 1 };
    messages.record(sent.key(), sent.priority, Fence(1), &done).await?;
    for (message, status) in [(&claimed, Status::Sending), (&sent, Status::Sent)] {
        assert_eq!(messages.withdraw(message, sample::NOW).await?, Withdrawn::No(status));
        assert_eq!(read(messages, message).await?.map(|row| row.status), Some(status));
    }
    Ok(())
}

/// The index may lag behind, but never shows a message to another account (`isolated`).
pub async fn a_message_is_found_by_its_account_alone<M: Messages>(messages: &M) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    let mut found = None;
    for _ in 0..LOOKS {
        found = messages.locate(message.account_id, message.message_id).await?;
        if found.is_some() {
            break;
        }
    }
    assert_eq!(found, Some(message.key()));
    assert_eq!(messages.locate(sample::account_id(), message.message_id).await?, None);
    assert_eq!(messages.locate(message.account_id, sample::message_id()).await?, None);
    Ok(())
}
