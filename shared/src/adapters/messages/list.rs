//! Lists, the newest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::message::{Direction, Message};
use domain::reading::listing::Entry;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::phone::PhoneNumber;
use serde::Deserialize;

use super::super::failure::failed;
use super::super::items::{self, Item, text};
use super::super::keys::{ACCOUNT_ID, BY_ACCOUNT_INDEX, MESSAGE_ID, SESSION_ID};
use super::{DynamoMessages, item_key};
use crate::ports::{Batch, ListMessages, Page, PortError};

/// What is read is billed in steps of this, in bytes: each item of a batch, and a query as a whole.
const STEP_BYTES: usize = 4_096;

/// How often what a batch has left out is asked for again.
pub(in crate::adapters) const BATCH_ROUNDS_MAX: usize = 5;

/// An item of the index by account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEntry {
    session_id: SessionId,
    message_id: MessageId,
    to: PhoneNumber,
    direction: Direction,
}

impl DynamoMessages {
    /// A query of one partition, the newest first, those older than `before`.
    fn newest(
        &self,
        (name, value): (&str, &impl ToString),
        before: Option<MessageId>,
        limit: usize,
    ) -> QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#partition", name)
            .expression_attribute_values(":partition", text(value));
        match before {
            None => query.key_condition_expression("#partition = :partition"),
            Some(before) => query
                .key_condition_expression("#partition = :partition AND #message < :before")
                .expression_attribute_names("#message", MESSAGE_ID)
                .expression_attribute_values(":before", text(&before)),
        }
    }
}

impl ListMessages for DynamoMessages {
    async fn entries(
        &self,
        account_id: AccountId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Entry>, PortError> {
        let operation = "messages.entries";
        let query = self.newest((ACCOUNT_ID, &account_id), before, limit);
        let output = query.index_name(BY_ACCOUNT_INDEX).send().await.map_err(failed(operation))?;
        let next = next(operation, output.last_evaluated_key())?;
        let found = output.items.unwrap_or_default();
        let read_bytes = read_bytes(&found);
        let entries = readable::<StoredEntry>(operation, found);
        let items = entries.into_iter().map(|StoredEntry { session_id, message_id, to, direction }| Entry {
            key: MessageKey { session_id, message_id },
            to,
            direction,
        });
        Ok(Page { items: items.collect(), next, read_bytes })
    }

    async fn many(&self, keys: &[MessageKey]) -> Result<Batch, PortError> {
        let operation = "messages.many";
        let mut batch = Batch::default();
        let mut wanted: Vec<Item> = keys.iter().map(|key| item_key(*key)).collect();
        for _ in 0..BATCH_ROUNDS_MAX {
            if wanted.is_empty() {
                return Ok(batch);
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).build();
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys.map_err(failed(operation))?)
                .send()
                .await
                .map_err(failed(operation))?;
            let found: Vec<Item> = output.responses.unwrap_or_default().into_values().flatten().collect();
            batch.read_bytes += found.iter().map(|item| billed(items::size(item))).sum::<usize>();
            batch.messages.extend(readable::<Message>(operation, found));
            wanted = left_over(output.unprocessed_keys);
        }
        Err(PortError::new(operation, "the table leaves keys out again and again"))
    }

    async fn of_session(
        &self,
        session_id: SessionId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<Message>, PortError> {
        let operation = "messages.of_session";
        let query = self.newest((SESSION_ID, &session_id), before, limit);
        let output = query.consistent_read(true).send().await.map_err(failed(operation))?;
        let next = next(operation, output.last_evaluated_key())?;
        let found = output.items.unwrap_or_default();
        let read_bytes = read_bytes(&found);
        Ok(Page { items: readable(operation, found), next, read_bytes })
    }
}

/// The keys that a batch of reads has left out, since the table throttles or the answer is full.
pub(in crate::adapters) fn left_over(unprocessed: Option<HashMap<String, KeysAndAttributes>>) -> Vec<Item> {
    unprocessed.unwrap_or_default().into_values().flat_map(|left| left.keys).collect()
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

/// What bytes are billed as.
const fn billed(size: usize) -> usize {
    size.div_ceil(STEP_BYTES) * STEP_BYTES
}

/// What a query has read, in bytes, as it is billed: nothing is filtered there, so that it is what was found.
fn read_bytes(found: &[Item]) -> usize {
    billed(found.iter().map(items::size).sum::<usize>().max(1))
}
