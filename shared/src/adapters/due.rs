//! The table of wake-ups that lie too far ahead for the timer. A shard is a partition; in it they lie in the order in
//! which they fall due, so that what was missed comes first, whenever it is looked for.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{DUE_KEY, DueKey, SHARD, shard_name};
use crate::ports::{KeepWakeUps, PortError, PromoteWakeUps};

/// The table of wake-ups.
#[derive(Clone, Debug)]
pub struct DynamoDue {
    client: Client,
    table: String,
}

/// What is stored beside the key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTicket {
    session_id: SessionId,
    priority: Priority,
}

impl DynamoDue {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl KeepWakeUps for DynamoDue {
    async fn keep(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        let operation = "due.keep";
        let Ticket { session_id, priority, .. } = wake_up.ticket;
        let mut item = items::to_item(operation, &StoredTicket { session_id, priority })?;
        item.extend(item_key(wake_up));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(failed(operation))
    }
}

impl PromoteWakeUps for DynamoDue {
    async fn due_before(&self, shard: u8, until: Timestamp, limit: usize) -> Result<Vec<WakeUp>, PortError> {
        let operation = "due.due_before";
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .key_condition_expression("#shard = :shard AND #due < :until")
            .expression_attribute_names("#shard", SHARD)
            .expression_attribute_names("#due", DUE_KEY)
            .expression_attribute_values(":shard", AttributeValue::S(shard_name(shard)))
            .expression_attribute_values(":until", text(&DueKey::lower_bound(until)))
            .into_paginator()
            .items();
        // What cannot be read must not take the place of what can: so many rows are looked at as that takes.
        let (mut rows, mut found) = (pages.send(), Vec::new());
        while found.len() < limit
            && let Some(item) = rows.next().await
        {
            found.extend(readable(operation, item.map_err(failed(operation))?));
        }
        Ok(found)
    }

    async fn remove(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(item_key(wake_up)));
        delete.send().await.map(drop).map_err(failed("due.remove"))
    }
}

fn item_key(wake_up: &WakeUp) -> Item {
    let place = DueKey { due: wake_up.due, message_id: wake_up.ticket.message_id };
    items::key([(SHARD, shard_name(wake_up.shard())), (DUE_KEY, place.to_string())])
}

/// What cannot be read is left where it is: it must not hold up what comes behind it.
fn readable(operation: &'static str, item: Item) -> Option<WakeUp> {
    let place = format!("{:?}", item.get(DUE_KEY));
    match wake_up_of(operation, item) {
        Ok(wake_up) => Some(wake_up),
        Err(error) => {
            tracing::error!(place, %error, malformed = "due", "left a malformed wake-up where it is");
            None
        }
    }
}

fn wake_up_of(operation: &'static str, item: Item) -> Result<WakeUp, PortError> {
    let DueKey { due, message_id } = items::parsed(operation, &item, DUE_KEY)?;
    let StoredTicket { session_id, priority } = items::from_item(operation, item)?;
    Ok(WakeUp { due, ticket: Ticket { session_id, priority, message_id } })
}
