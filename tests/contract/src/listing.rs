//! Looking through messages, the newest first.

use domain::message::Message;
use domain::values::ids::MessageId;
use domain::values::status::Status;
use shared::ports::{ListMessages, ListSessionMessages, PortError};

use crate::{Checked, LOOKS, Messages, sample};

/// Messages of one account and session, the newest first.
async fn stored<M: Messages>(messages: &M, count: u32) -> Result<Vec<Message>, PortError> {
    let (account_id, session_id) = (sample::account_id(), sample::session_id());
    let mut all = Vec::new();
    for n in 0..count {
        let at = sample::at(i64::from(n));
        let status = if n % 3 == 0 { Status::Received } else { Status::Sent };
        let message = sample::in_state(session_id, status, None);
        let direction = if n % 3 == 0 { domain::message::Direction::Inbound } else { message.direction };
        let message_id = MessageId::new(at, sample::random());
        all.push(Message { account_id, message_id, direction, created_at: at, ..message });
    }
    for message in &all {
        messages.put(message).await?;
    }
    all.reverse();
    Ok(all)
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.message_id).collect()
}

/// Page after page, each message once.
pub async fn a_session_is_read_from_its_end<M: Messages + ListSessionMessages>(messages: &M) -> Checked {
    let all = stored(messages, 7).await?;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = messages.of_session(all[0].session_id, before, 3).await?;
        assert!(page.items.len() <= 3);
        seen.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    assert_eq!(messages.of_session(sample::session_id(), None, 3).await?.items, []);
    Ok(())
}

/// A session's list must not lag behind: a caller who has got a 202 sees the message.
pub async fn a_session_shows_every_write_at_once<M: Messages + ListSessionMessages>(messages: &M) -> Checked {
    for _ in 0..crate::RACES {
        let all = stored(messages, 1).await?;
        assert_eq!(messages.of_session(all[0].session_id, None, 1).await?.items, all);
    }
    Ok(())
}

/// With what never changes: the contact and the direction.
pub async fn an_account_is_read_from_its_end<M: Messages + ListMessages>(messages: &M) -> Checked {
    let all = stored(messages, 7).await?;
    let account_id = all[0].account_id;
    for _ in 0..LOOKS {
        if messages.entries(account_id, None, 10).await?.items.len() == 7 {
            break;
        }
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = messages.entries(account_id, before, 3).await?;
        seen.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.iter().map(|entry| entry.key.message_id).collect::<Vec<_>>(), ids(&all));
    for (entry, message) in seen.iter().zip(&all) {
        assert_eq!((entry.key, &entry.to, entry.direction), (message.key(), &message.to, message.direction));
    }
    assert_eq!(messages.entries(sample::account_id(), None, 3).await?.items, []);
    Ok(())
}

/// Messages that exist are read, a hundred at a time; other keys find nothing.
pub async fn many_messages_are_read_by_their_keys<M: Messages + ListMessages>(messages: &M) -> Checked {
    let all = stored(messages, 5).await?;
    let unknown = sample::message(sample::session_id());
    let keys: Vec<_> = all.iter().chain([&unknown]).map(Message::key).collect();
    let mut found = messages.many(&keys).await?.messages;
    found.sort_by_key(|message| std::cmp::Reverse(message.message_id));
    assert_eq!(found, all);
    assert_eq!(messages.many(&[]).await?.messages, []);
    Ok(())
}

/// At least what lies in it, and no more than DynamoDB reads at once.
pub async fn what_was_read_is_told<M: Messages + ListMessages + ListSessionMessages>(
    messages: &M,
) -> Checked {
    let mut large = sample::full(sample::session_id());
    large.account_id = sample::account_id();
    messages.put(&large).await?;
    let size = large.content.text.as_ref().map_or(0, String::len);
    let page = messages.of_session(large.session_id, None, 10).await?;
    let batch = messages.many(&[large.key()]).await?;
    for read in [page.read_bytes, batch.read_bytes] {
        assert!((size..2 * size).contains(&read), "{read} of {size}");
    }
    Ok(())
}
