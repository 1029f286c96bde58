//! Lists, the newest first.

use domain::message::{Direction, Message};
use domain::reading::listing::Entry;
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use serde::Deserialize;

use super::super::items::{self, Item};
use super::super::keys::{ACCOUNT_ID, BY_ACCOUNT_INDEX, MESSAGE_ID, SESSION_ID, message_key};
use super::super::table::{Condition, Query, equal, less};
use super::DynamoMessages;
use crate::ports::{Batch, ListMessages, ListSessionMessages, Page, PortError};

/// Reads are billed in steps of this many bytes: each item of a batch, and a query as a whole.
const STEP_BYTES: usize = 4_096;

/// An item of the index by account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEntry {
    session_id: SessionId,
    message_id: MessageId,
    to: Contact,
    direction: Direction,
}

/// A query of one partition, the newest first, those older than `before`.
fn newest(partition: Condition, before: Option<MessageId>, limit: usize) -> Query {
    let key = match before {
        None => partition,
        Some(before) => partition.and(less(MESSAGE_ID, before)),
    };
    Query::of(key).newest_first().limit(limit)
}

impl ListMessages for DynamoMessages {
    async fn entries(
        &self,
        account_id: AccountId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Entry>, PortError> {
        let operation = "messages.entries";
        let query = newest(equal(ACCOUNT_ID, account_id), before, limit).index(BY_ACCOUNT_INDEX);
        let found = self.table.page(operation, query).await?;
        let next = next(operation, found.last.as_ref())?;
        let read_bytes = read_bytes(&found.items);
        let entries = readable::<StoredEntry>(operation, found.items);
        let items = entries.into_iter().map(|StoredEntry { session_id, message_id, to, direction }| Entry {
            key: MessageKey { session_id, message_id },
            to,
            direction,
        });
        Ok(Page { items: items.collect(), next, read_bytes })
    }

    async fn many(&self, keys: &[MessageKey]) -> Result<Batch, PortError> {
        let operation = "messages.many";
        let wanted = keys.iter().map(|key| message_key(*key)).collect();
        let found = self.table.get_many(operation, wanted).await?;
        let read_bytes = found.iter().map(|item| billed(items::size(item))).sum();
        Ok(Batch { messages: readable(operation, found), read_bytes })
    }
}

impl ListSessionMessages for DynamoMessages {
    async fn of_session(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Message>, PortError> {
        let operation = "messages.of_session";
        let query = newest(equal(SESSION_ID, session_id), before, limit).strongly();
        let found = self.table.page(operation, query).await?;
        let next = next(operation, found.last.as_ref())?;
        let read_bytes = read_bytes(&found.items);
        Ok(Page { items: readable(operation, found.items), next, read_bytes })
    }
}

fn next(operation: &'static str, last: Option<&Item>) -> Result<Option<MessageId>, PortError> {
    last.map(|item| items::parsed(operation, item, MESSAGE_ID)).transpose()
}

/// A row that cannot be read must not hide all others.
fn readable<T: serde::de::DeserializeOwned>(operation: &'static str, found: Vec<Item>) -> Vec<T> {
    let read = |item| {
        items::from_item(operation, item)
            .inspect_err(
                |error| tracing::error!(%error, malformed = "row", "left out a row that cannot be read"),
            )
            .ok()
    };
    found.into_iter().filter_map(read).collect()
}

/// The bytes that are billed for this size.
const fn billed(size: usize) -> usize {
    size.div_ceil(STEP_BYTES) * STEP_BYTES
}

/// The bytes that are billed for a query. The queries here filter nothing, so what was found is what was read.
fn read_bytes(found: &[Item]) -> usize {
    billed(found.iter().map(items::size).sum::<usize>().max(1))
}
