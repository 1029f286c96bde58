//! `GET /messages/conversations`: the latest conversations, the newest first.
//!
//! The newest message of each conversation is found by looking through the newest messages: of an account by its index,
//! which has the contact of each message, of one session by its own partition. Both looks are bounded. How many messages a
//! conversation has in all, and what its contact is called, is kept elsewhere.

use shared::{deps, schema};
use std::collections::{BTreeMap, BTreeSet};

use domain::message::Message;
use domain::request::ConversationsRequest;
use domain::tuning::{INDEX_PAGE, LIST_READ_MAX_BYTES, MESSAGE_MAX_BYTES, QUERY_MAX_BYTES};
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageKey, SessionId};
use futures_util::future::try_join;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, conversation_view, own_session,
};
use shared::ports::{
    Conversation, ConversationKey, ListMessages, ListSessionMessages, PortError, ReadConversations,
    ReadSessions,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "List the latest conversations",
    query: schema!(ConversationsRequest::parameters),
    answers: &[Answer::json::<Page<ConversationView>>(200, "Conversations, the newest first.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::get("/messages/conversations", "listConversations")
};
use shared::views::{ConversationView, Page, Pagination};

deps! {
    ListingConversations {
        sessions: Sessions: ReadSessions,
        messages: Messages: ListMessages + ListSessionMessages,
        conversations: Conversations: ReadConversations,
    }
}

/// The newest message of a conversation.
type Newest = (ConversationKey, MessageKey);

/// Shows the latest conversations.
pub async fn handle<W: ListingConversations>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, .. } = call;
    let wanted = ConversationsRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    if let Some(session_id) = wanted.session_id {
        own_session(&deps.sessions, caller.account_id, session_id).await?;
    }
    let talks = match wanted.session_id {
        Some(session_id) => of_session(&deps.messages, session_id, wanted.limit).await?,
        None => of_account(&deps.messages, caller.account_id, wanted.limit).await?,
    };
    let keys: Vec<ConversationKey> = talks.found.iter().map(|(talk, _)| talk.clone()).collect();
    let newest = talks.found.iter().map(|(_, key)| *key);
    let missing: Vec<MessageKey> = newest.filter(|key| !talks.messages.contains_key(key)).collect();
    let (mut messages, kept) =
        try_join(rows(&deps.messages, &missing), deps.conversations.conversations(&keys)).await?;
    messages.extend(talks.messages);
    let kept = kept.into_iter().collect();
    let data = views(&talks.found, &messages, &kept);
    let pagination =
        Pagination { page: Some(1), limit: wanted.limit, has_more: talks.has_more, next_cursor: None };
    Ok(ApiResponse::json(StatusCode::OK, &Page { data, pagination }))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

/// The latest conversations, as far as a bounded look shows them.
#[derive(Debug, Default)]
struct Talks {
    /// Each with its newest message, the newest first.
    found: Vec<Newest>,
    seen: BTreeSet<ConversationKey>,
    /// The newest messages that were read completely.
    messages: BTreeMap<MessageKey, Message>,
    has_more: bool,
}

impl Talks {
    /// Whether a message is the newest of a conversation for which there is room; notes when there is none.
    fn is_wanted(&mut self, key: MessageKey, to: &Contact, limit: usize) -> bool {
        let talk = (key.session_id, to.clone());
        if self.has_more || self.seen.contains(&talk) {
            return false;
        }
        self.has_more = self.found.len() == limit;
        if !self.has_more {
            self.seen.insert(talk.clone());
            self.found.push((talk, key));
        }
        !self.has_more
    }
}

/// The latest conversations of an account.
async fn of_account(
    messages: &impl ListMessages,
    account_id: AccountId,
    limit: usize,
) -> Result<Talks, PortError> {
    let mut talks = Talks::default();
    let (mut after, mut left) = (None, LIST_READ_MAX_BYTES - limit * CONVERSATION_BYTES);
    let mut size = limit * 2;
    loop {
        let page = messages.entries(account_id, after, size).await?;
        left = left.saturating_sub(page.read_bytes);
        for entry in &page.items {
            talks.is_wanted(entry.key, &entry.to, limit);
        }
        after = page.next;
        // As much as may still be read, and never more.
        size = (size * 8).min(INDEX_PAGE).min(left / ENTRY_BYTES);
        if talks.has_more || after.is_none() || size < limit {
            return Ok(Talks { has_more: talks.has_more || after.is_some(), ..talks });
        }
    }
}

/// The latest conversations of one session, however little of its account's messages are its own.
async fn of_session(
    messages: &impl ListSessionMessages,
    session_id: SessionId,
    limit: usize,
) -> Result<Talks, PortError> {
    let mut talks = Talks::default();
    let (mut after, mut left) = (None, LIST_READ_MAX_BYTES - limit * CONVERSATION_BYTES);
    let mut size = limit * 2;
    while size > 0 {
        let page = messages.of_session(session_id, after, size).await?;
        left = left.saturating_sub(page.read_bytes);
        for message in page.items {
            if talks.is_wanted(message.key(), &message.to, limit) {
                talks.messages.insert(message.key(), message);
            }
        }
        after = page.next;
        if talks.has_more || after.is_none() {
            break;
        }
        // One query reads so much at most, however long the messages are.
        size = if left < QUERY_MAX_BYTES { 0 } else { (size * 16).min(SESSION_PAGE) };
    }
    Ok(Talks { has_more: talks.has_more || after.is_some(), ..talks })
}

/// How many messages of a session are asked for at most at a time: what one query reads of short ones.
const SESSION_PAGE: usize = 3_200;

/// What an entry of the index takes at most, in bytes.
const ENTRY_BYTES: usize = 300;

/// What is set aside to read the last message and the counts of a conversation, in bytes. Messages are seldom so large:
/// the last ones are left out when they are.
const CONVERSATION_BYTES: usize = 8 * 1024;

/// The newest messages that must still be read; those that would exceed the reading limit are left out.
async fn rows(
    messages: &impl ListMessages,
    missing: &[MessageKey],
) -> Result<BTreeMap<MessageKey, Message>, PortError> {
    let (mut rows, mut left) = (BTreeMap::new(), LIST_READ_MAX_BYTES / 2);
    let mut keys: &[MessageKey] = missing;
    while !keys.is_empty() && left >= MESSAGE_MAX_BYTES {
        let (now, later) = keys.split_at(keys.len().min(left / MESSAGE_MAX_BYTES));
        let batch = messages.many(now).await?;
        left = left.saturating_sub(batch.read_bytes);
        rows.extend(batch.messages.into_iter().map(|message| (message.key(), message)));
        keys = later;
    }
    Ok(rows)
}

fn views<'a>(
    newest: &[Newest],
    messages: &'a BTreeMap<MessageKey, Message>,
    kept: &'a BTreeMap<ConversationKey, Conversation>,
) -> Vec<ConversationView<'a>> {
    let view = |(talk, key): &Newest| {
        let message = messages.get(key)?;
        Some(conversation_view(message, kept.get(talk)))
    };
    newest.iter().filter_map(view).collect()
}
