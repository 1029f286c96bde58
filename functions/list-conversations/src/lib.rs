//! `GET /messages/conversations`: with whom there were messages lately, the newest first.
//!
//! The index by account has the contact of each message, so that the newest message of each conversation is found by
//! looking through the newest entries. How many messages a conversation has in all is counted elsewhere.

#![allow(async_fn_in_trait)]

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{AccountId, MessageId, MessageKey};
use domain::limits::{INDEX_PAGE, LIST_READ_MAX_BYTES, MESSAGE_MAX_BYTES};
use domain::listing::Entry;
use domain::message::Message;
use domain::request::ConversationsRequest;
use futures_util::future::try_join;
use serde_json::{Value, json};
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode, conversation_view, own_session};
use shared::ports::{
    Clock, ConversationCounts, ConversationKey, ListMessages, PortError, ReadConversations, ReadSessions,
};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, N, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// The counts of conversations.
    pub conversations: N,
    /// Time.
    pub clock: C,
}

/// The newest message of a conversation.
type Newest = (ConversationKey, MessageKey);

/// Shows the latest conversations.
pub async fn handle<F, S, M, N, C>(
    deps: &Deps<F, S, M, N, C>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: ListMessages,
    N: ReadConversations,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let wanted = ConversationsRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    if let Some(session_id) = wanted.session_id {
        own_session(&deps.sessions, caller.account_id, session_id).await?;
    }
    let (newest, next) = newest(&deps.messages, caller.account_id, wanted).await?;
    let conversations: Vec<ConversationKey> = newest.iter().map(|(talk, _)| talk.clone()).collect();
    let (messages, counts) =
        try_join(rows(&deps.messages, &newest), deps.conversations.counts(&conversations)).await?;
    let data = views(&newest, &messages, &counts.into_iter().collect());
    let pagination =
        json!({ "page": 1, "limit": wanted.limit, "hasMore": next.is_some(), "nextCursor": null });
    Ok(ApiResponse::json(StatusCode::OK, &json!({ "data": data, "pagination": pagination })))
}

/// The newest message of each of the latest conversations, as far as a bounded look at the index shows them.
async fn newest(
    messages: &impl ListMessages,
    account_id: AccountId,
    wanted: ConversationsRequest,
) -> Result<(Vec<Newest>, Option<MessageId>), PortError> {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    let (mut after, mut left) = (None, LIST_READ_MAX_BYTES - wanted.limit * CONVERSATION_BYTES);
    let mut size = wanted.limit * 2;
    loop {
        let page = messages.entries(account_id, after, size).await?;
        left = left.saturating_sub(page.read_bytes);
        let is_wanted = |entry: &&Entry| wanted.session_id.is_none_or(|id| entry.key.session_id == id);
        for entry in page.items.iter().filter(is_wanted) {
            let talk = (entry.key.session_id, entry.to.clone());
            if seen.contains(&talk) {
                continue;
            }
            if found.len() == wanted.limit {
                return Ok((found, Some(entry.key.message_id)));
            }
            seen.insert(talk.clone());
            found.push((talk, entry.key));
        }
        after = page.next;
        // As much as may still be read, and never more.
        size = (size * 8).min(INDEX_PAGE).min(left / ENTRY_BYTES);
        if after.is_none() || size < wanted.limit {
            return Ok((found, after));
        }
    }
}

/// What an entry of the index takes at most, in bytes.
const ENTRY_BYTES: usize = 300;

/// What is set aside to read the last message and the counts of a conversation, in bytes. Messages are seldom so large:
/// the last ones are left out when they are.
const CONVERSATION_BYTES: usize = 8 * 1024;

/// The newest messages themselves; those that would read too much are left out.
async fn rows(
    messages: &impl ListMessages,
    newest: &[Newest],
) -> Result<BTreeMap<MessageKey, Message>, PortError> {
    let (mut rows, mut left) = (BTreeMap::new(), LIST_READ_MAX_BYTES / 2);
    let mut keys: &[Newest] = newest;
    while !keys.is_empty() && left >= MESSAGE_MAX_BYTES {
        let (now, later) = keys.split_at(keys.len().min(left / MESSAGE_MAX_BYTES));
        let batch: Vec<MessageKey> = now.iter().map(|(_, key)| *key).collect();
        let batch = messages.many(&batch).await?;
        left = left.saturating_sub(batch.read_bytes);
        rows.extend(batch.messages.into_iter().map(|message| (message.key(), message)));
        keys = later;
    }
    Ok(rows)
}

fn views(
    newest: &[Newest],
    messages: &BTreeMap<MessageKey, Message>,
    counts: &BTreeMap<ConversationKey, ConversationCounts>,
) -> Vec<Value> {
    let view = |(talk, key): &Newest| {
        let message = messages.get(key)?;
        Some(conversation_view(message, counts.get(talk).copied()))
    };
    newest.iter().filter_map(view).collect()
}
