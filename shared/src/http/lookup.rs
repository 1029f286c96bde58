//! Finding a message by its id alone.

use domain::message::Message;
use domain::values::ids::{AccountId, MessageId, MessageKey};
use domain::values::time::Timestamp;

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::ports::{ListSessions, LocateMessages, PortError, ReadMessages};

/// How long the index by account may lag behind the table, in milliseconds; younger messages are looked for directly.
const INDEX_LAG_MS: i64 = 30_000;

/// The message id in the path. A text that is not a UUID cannot be an id of ours.
pub fn message_id(request: &ApiRequest) -> Result<MessageId, Problem> {
    let text = request.path_parameters.get("id").map_or("", String::as_str);
    text.parse().map_err(|_| not_found(text))
}

/// A message of an account. Another account's message is reported as not found (`isolated`).
pub async fn find_message(
    messages: &(impl ReadMessages + LocateMessages),
    sessions: &impl ListSessions,
    account_id: AccountId,
    message_id: MessageId,
    now: Timestamp,
) -> Result<Message, Problem> {
    let found = match messages.locate(account_id, message_id).await? {
        Some(key) => messages.get(key).await?,
        None if is_young(message_id, now) => {
            look_in_all_sessions(messages, sessions, account_id, message_id).await?
        }
        None => None,
    };
    found.filter(|message| message.account_id == account_id).ok_or_else(|| not_found(&message_id.to_string()))
}

/// The index may not know it yet, but a message that was just accepted must be found.
async fn look_in_all_sessions(
    messages: &impl ReadMessages,
    sessions: &impl ListSessions,
    account_id: AccountId,
    message_id: MessageId,
) -> Result<Option<Message>, PortError> {
    for session_id in sessions.of_account(account_id).await? {
        if let Some(message) = messages.get(MessageKey { session_id, message_id }).await? {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

fn is_young(message_id: MessageId, now: Timestamp) -> bool {
    message_id.created_at().is_some_and(|at| now.millis_since(at).abs() < INDEX_LAG_MS)
}

fn not_found(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::new(ErrorCode::MessageNotFound, format!("You have no message with the id {shown}."))
}
