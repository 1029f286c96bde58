//! Looking at a session's line.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use shared::ports::{PortError, Waiting};

use crate::{Checked, Messages, sample};

const PLENTY: usize = 50;

/// A line of each priority, stored in no order at all.
async fn three_lines<M: Messages>(messages: &M, session_id: SessionId) -> Result<Vec<PendingKey>, PortError> {
    let mut keys = Vec::new();
    for due in [5_000, -5_000, 0, 999_999_999, -1, 1] {
        for priority in [Priority::Bulk, Priority::High, Priority::Normal] {
            let message = sample::waiting(session_id, priority, due);
            messages.put(&message).await?;
            keys.extend(message.pending_key);
        }
    }
    keys.sort();
    Ok(keys)
}

async fn look<M: Messages>(messages: &M, session_id: SessionId) -> Result<Vec<PendingKey>, PortError> {
    Ok(messages.waiting(session_id, None, PLENTY).await?.keys)
}

/// The most urgent first, inside a priority the earliest due.
pub async fn a_look_shows_what_waits_in_sending_order<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let keys = three_lines(messages, session_id).await?;
    let waiting = messages.waiting(session_id, None, PLENTY).await?;
    assert_eq!((waiting.keys, waiting.is_all), (keys, true));
    Ok(())
}

/// Strongly consistent: after each write, the next look shows what it did.
pub async fn every_write_shows_at_once<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    for round in 1..=8 {
        let message = sample::message(session_id);
        messages.put(&message).await?;
        assert_eq!(
            look(messages, session_id).await?,
            Vec::from_iter(message.pending_key),
            "stored, round {round}"
        );
        messages.claim(message.key(), Fence(round), sample::NOW).await?;
        let again = Progress::Requeued { due: sample::at(7_000), attempts: 1, error: None };
        messages.record(message.key(), message.priority, Fence(round), &again).await?;
        let moved =
            PendingKey { priority: message.priority, due: sample::at(7_000), message_id: message.message_id };
        assert_eq!(look(messages, session_id).await?, [moved], "moved, round {round}");
        messages.cancel(message.key(), sample::NOW).await?;
        assert!(look(messages, session_id).await?.is_empty(), "cancelled, round {round}");
    }
    Ok(())
}

/// One priority, and all of it.
pub async fn a_look_at_one_line_shows_that_line<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let keys = three_lines(messages, session_id).await?;
    for priority in Priority::ALL {
        let waiting = messages.waiting(session_id, Some(priority), PLENTY).await?;
        let line: Vec<PendingKey> = keys.iter().copied().filter(|key| key.priority == priority).collect();
        assert_eq!((waiting.keys, waiting.is_all), (line, true), "{priority}");
    }
    Ok(())
}

/// A read that has reached its limit cannot always know whether there are more; it must never say "all" wrongly.
pub async fn a_limited_look_says_when_there_is_more<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let keys = three_lines(messages, session_id).await?;
    for limit in [1, 5, keys.len() - 1, keys.len(), keys.len() + 1] {
        let waiting = messages.waiting(session_id, None, limit).await?;
        assert_eq!(waiting.keys, keys[..limit.min(keys.len())], "limit {limit}");
        assert!(waiting.is_all || limit <= keys.len(), "limit {limit}");
        assert!(!waiting.is_all || limit >= keys.len(), "limit {limit}");
    }
    let line = messages.waiting(session_id, Some(Priority::Normal), 2).await?;
    let normal: Vec<PendingKey> =
        keys.iter().copied().filter(|key| key.priority == Priority::Normal).take(2).collect();
    assert_eq!((line.keys, line.is_all), (normal, false));
    Ok(())
}

/// Messages that wait in other sessions do not matter (`fair`).
pub async fn a_look_shows_one_session_only<M: Messages>(messages: &M) -> Checked {
    let (session_id, other) = (sample::session_id(), sample::session_id());
    three_lines(messages, other).await?;
    assert_eq!(messages.waiting(session_id, None, PLENTY).await?, empty());
    let message = sample::message(session_id);
    messages.put(&message).await?;
    assert_eq!(look(messages, session_id).await?, Vec::from_iter(message.pending_key));
    Ok(())
}

/// A recovery finds it there.
pub async fn a_message_keeps_its_place_while_it_is_sent<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let message: Message = sample::message(session_id);
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    assert_eq!(look(messages, session_id).await?, Vec::from_iter(message.pending_key));
    Ok(())
}

fn empty() -> Waiting {
    Waiting { keys: Vec::new(), is_all: true }
}
