//! Recounts statistics, conversations and campaigns from the messages.
//!
//! A session's counters are valid for some place in the stream, and reading the table does not show which. So the rows are
//! read, a mark is left in one of them, and the rows are read again. Where the two reads agree, their numbers are those at the
//! mark. When the reader of the stream has reached the mark and noted its place, these numbers replace the counter, unless the
//! counter has gone on since. Those that have are tried again.
//!
//! The counter of a day in which something changes every few seconds may always have gone on. It is left as it is, and
//! can be counted again when the session rests, or on the next day.

use std::collections::{BTreeMap, BTreeSet};

use domain::message::Message;
use domain::reading::projection::{Counter, Delta, Field, Seen, SequenceNumber, counted};
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use serde_json::{Value, json};
use shared::http::Problem;
use shared::ports::{Clock, Entropy, ListSessionMessages, ListSessions, PortError, ReplaceCounters};

/// How often what has changed meanwhile is tried again.
const ROUNDS_MAX: usize = 5;
/// How long the reader of the stream may take to reach a mark: some times the seconds that it collects changes for.
const MARK_WAIT_MS: i64 = 60_000;
/// How often it is looked for.
const MARK_LOOK_MS: i64 = 500;
/// How many messages are read at a time; DynamoDB reads no more than 1 MB.
const PAGE: usize = 5_000;

/// The ports that a recount needs.
pub(crate) struct Recount<'a, S, M, N, C, E> {
    pub(crate) sessions: &'a S,
    pub(crate) messages: &'a M,
    pub(crate) counters: &'a N,
    pub(crate) clock: &'a C,
    pub(crate) entropy: &'a E,
}

/// What a counter counts of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    field: Field,
    /// All that changes whenever the row does.
    state: (u32, u64, Option<Timestamp>),
    expires_at: i64,
    contact_name: Option<String>,
}

/// What one read of a session shows: the rows of each counter.
type Look = BTreeMap<Counter, BTreeMap<MessageId, Part>>;

impl<S, M, N, C, E> Recount<'_, S, M, N, C, E>
where
    S: ListSessions,
    M: ListSessionMessages,
    N: ReplaceCounters,
    C: Clock,
    E: Entropy,
{
    /// Counts all sessions of an account again.
    pub(crate) async fn account(&self, account_id: AccountId) -> Result<Value, Problem> {
        let sessions = self.sessions.of_account(account_id).await?;
        let (mut replaced, mut left) = (0, 0);
        for session_id in &sessions {
            let (done, undone) = self.session(*session_id).await?;
            tracing::info!(%session_id, done, undone, "counted a session anew");
            replaced += done;
            left += undone;
        }
        Ok(json!({ "sessions": sessions.len(), "replaced": replaced, "left": left }))
    }

    /// How many counters of a session were replaced, and how many changed all the time.
    async fn session(&self, session_id: SessionId) -> Result<(usize, usize), PortError> {
        let (mut done, mut left) = (BTreeSet::new(), 0);
        for _ in 0..ROUNDS_MAX {
            let (before, newest) = self.look(session_id).await?;
            let Some(newest) = newest else { break };
            let mark = format!("recount {:032x}", self.entropy.next_u128());
            self.counters.leave_mark(newest, &mark).await?;
            let (after, _) = self.look(session_id).await?;
            let at = self.wait_for(&mark).await?;
            left = 0;
            for (counter, rows) in before {
                if done.contains(&counter) {
                    continue;
                }
                let is_still = after.get(&counter) == Some(&rows);
                if is_still && self.replace(&counter, &rows, &at).await? {
                    done.insert(counter);
                } else {
                    left += 1;
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok((done.len(), left))
    }

    /// Reads all messages of a session; the key of the newest is where a mark is left.
    async fn look(&self, session_id: SessionId) -> Result<(Look, Option<MessageKey>), PortError> {
        let (now, mut look, mut newest, mut before) = (self.clock.now(), Look::new(), None, None);
        loop {
            let page = self.messages.of_session(session_id, before, PAGE).await?;
            for message in &page.items {
                newest.get_or_insert(message.key());
                let seen = Seen::of(message);
                for (counter, field) in counted(message.key(), &seen, now) {
                    let is_talk = matches!(counter, Counter::Conversation { .. });
                    let contact_name = seen.contact_name().filter(|_| is_talk).cloned();
                    let (state, expires_at) = (state(message), seen.kept_until());
                    let part = Part { field, state, expires_at, contact_name };
                    look.entry(counter).or_default().insert(message.message_id, part);
                }
            }
            before = page.next;
            if before.is_none() {
                return Ok((look, newest));
            }
        }
    }

    async fn wait_for(&self, mark: &str) -> Result<SequenceNumber, PortError> {
        let until = self.clock.now().plus_millis(MARK_WAIT_MS);
        while self.clock.now() < until {
            if let Some(at) = self.counters.mark(mark).await? {
                return Ok(at);
            }
            self.clock.sleep(MARK_LOOK_MS).await;
        }
        Err(PortError::new("counters.mark", "nobody reads the stream of the messages"))
    }

    async fn replace(
        &self,
        counter: &Counter,
        rows: &BTreeMap<MessageId, Part>,
        at: &SequenceNumber,
    ) -> Result<bool, PortError> {
        let mut adds = BTreeMap::new();
        for part in rows.values() {
            *adds.entry(part.field).or_insert(0) += 1;
        }
        let expires_at = rows.values().map(|part| part.expires_at).max().unwrap_or(0);
        let contact_name = rows.values().rev().find_map(|part| part.contact_name.clone());
        let (first, last) = (at.clone(), at.clone());
        let all = Delta { first, last, adds, expires_at, contact_name, first_outbound: None };
        self.counters.replace(counter, &all).await
    }
}

/// Attempts and fence distinguish a row that has returned to its earlier state from one that has not changed.
fn state(message: &Message) -> (u32, u64, Option<Timestamp>) {
    (message.attempts, message.fence.0, message.times.sending_at)
}
