//! The table of wake-ups that are too far ahead for the timer. Each shard is a partition, sorted by due time, so that
//! missed wake-ups are found first.

use aws_sdk_dynamodb::Client;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::items::{self, Item};
use super::keys::{DUE_KEY, DueKey, SHARD, shard_name};
use super::table::{Query, Table, Write, equal, less};
use crate::ports::{KeepWakeUps, PortError, ReadWakeUps, RemoveWakeUps};

/// The table of wake-ups.
#[derive(Clone, Debug)]
pub struct DynamoDue {
    table: Table,
}

/// What is stored in addition to the key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTicket {
    session_id: SessionId,
    priority: Priority,
}

impl DynamoDue {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl KeepWakeUps for DynamoDue {
    async fn keep(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        let operation = "due.keep";
        let Ticket { session_id, priority, .. } = wake_up.ticket;
        let ticket = StoredTicket { session_id, priority };
        let item = items::to_keyed_item(operation, item_key(wake_up), &ticket)?;
        self.table.write(operation, Write::put(item)).await.map(drop)
    }
}

impl ReadWakeUps for DynamoDue {
    async fn due_before(&self, shard: u8, until: Timestamp, limit: usize) -> Result<Vec<WakeUp>, PortError> {
        let operation = "due.due_before";
        let key = equal(SHARD, shard_name(shard)).and(less(DUE_KEY, DueKey::lower_bound(until)));
        let query = Query::of(key).strongly();
        // Malformed rows do not count towards the limit, so that they cannot hide the others.
        self.table.first(operation, query, limit, |item| Ok(readable(operation, item))).await
    }
}

impl RemoveWakeUps for DynamoDue {
    async fn remove(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        self.table.write("due.remove", Write::delete(item_key(wake_up))).await.map(drop)
    }
}

fn item_key(wake_up: &WakeUp) -> Item {
    let place = DueKey { due: wake_up.due, message_id: wake_up.ticket.message_id };
    items::key([(SHARD, shard_name(wake_up.shard())), (DUE_KEY, place.to_string())])
}

/// The wake-up of a row. A malformed row stays in the table and is skipped, so that it does not hold up the others.
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
    Ok(WakeUp { due, ticket: Ticket::new(session_id, priority, message_id) })
}
