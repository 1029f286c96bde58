//! The table of watched sessions. A shard is a partition, so that all of them can be gone over without a scan.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::sending::watch::shard_of;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::failure::failed;
use super::items::{self, Item};
use super::keys::{RESTS_UNTIL, SESSION_ID, SHARD, WATCHED_AT, shard_name};
use super::update::{Update, Written};
use crate::ports::{PortError, SweepSessions, WatchSessions, WatchedPage, WatchedSession};

/// The table of watched sessions.
#[derive(Clone, Debug)]
pub struct DynamoWatched {
    client: Client,
    table: String,
}

/// A watched session as it is stored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    session_id: SessionId,
    watched_at: Timestamp,
    rests_until: Option<Timestamp>,
}

impl DynamoWatched {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn update(
        &self,
        operation: &'static str,
        session_id: SessionId,
        update: Update,
    ) -> Result<Written, PortError> {
        update.apply(operation, &self.client, &self.table, item_key(session_id)).await
    }
}

impl WatchSessions for DynamoWatched {
    /// Refused: it was noted at a later time, which says the same and more.
    async fn watch(&self, session_id: SessionId, now: Timestamp) -> Result<(), PortError> {
        let update =
            Update::default().set(WATCHED_AT, now).remove(RESTS_UNTIL).if_at_most_or_absent(WATCHED_AT, now);
        self.update("watched.watch", session_id, update).await.map(drop)
    }
}

impl SweepSessions for DynamoWatched {
    async fn watched(
        &self,
        shard: u8,
        after: Option<SessionId>,
        limit: usize,
    ) -> Result<WatchedPage, PortError> {
        let operation = "watched.watched";
        let name = shard_name(shard);
        let start = after.map(|after| items::key([(SHARD, name.clone()), (SESSION_ID, after.to_string())]));
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .key_condition_expression("#shard = :shard")
            .expression_attribute_names("#shard", SHARD)
            .expression_attribute_values(":shard", AttributeValue::S(name))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(failed(operation))?;
        let is_all = output.last_evaluated_key().is_none();
        let stored = output.items.unwrap_or_default().into_iter().map(|item| stored(operation, item));
        Ok(WatchedPage { sessions: stored.collect::<Result<_, _>>()?, is_all })
    }

    async fn rest(&self, seen: &WatchedSession, until: Timestamp) -> Result<bool, PortError> {
        let update = Update::default().set(RESTS_UNTIL, until).if_is(WATCHED_AT, seen.watched_at);
        let written = self.update("watched.rest", seen.session_id, update).await?;
        Ok(matches!(written, Written::Done(_)))
    }

    async fn forget(&self, seen: &WatchedSession) -> Result<bool, PortError> {
        let operation = "watched.forget";
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item_key(seen.session_id)))
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", WATCHED_AT)
            .expression_attribute_values(":at", AttributeValue::N(seen.watched_at.as_millis().to_string()))
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

fn item_key(session_id: SessionId) -> Item {
    items::key([(SHARD, shard_name(shard_of(session_id))), (SESSION_ID, session_id.to_string())])
}

fn stored(operation: &'static str, item: Item) -> Result<WatchedSession, PortError> {
    let Stored { session_id, watched_at, rests_until } = items::from_item(operation, item)?;
    Ok(WatchedSession { session_id, watched_at, rests_until })
}
