//! The table of messages. One item is one message, and every change of its state is one conditional write.

mod accept;
mod cancel;
mod clear;
mod dispatch;
mod list;
mod read;
mod report;

use aws_sdk_dynamodb::Client;
use domain::message::Retention;
use domain::message::pending::PendingKey;
use domain::values::fence::Fence;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items::{self, Item};
use super::keys::{PENDING_KEY, RETENTION, TTL};
use super::table::{Table, Update, Write};
use crate::ports::PortError;

/// The table of messages.
#[derive(Clone, Debug)]
pub struct DynamoMessages {
    table: Table,
}

impl DynamoMessages {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl Write<Update> {
    /// Takes a message out of its line for good, and lets it expire once its retention is over.
    fn out_of_line(self, now: Timestamp) -> Self {
        let (retention, default) = (RETENTION, Retention::default());
        self.remove(PENDING_KEY).set_sum(TTL, (retention, default), now.as_seconds())
    }
}

/// The attributes that tell why a row refused a write. They are read without the rest of the message, so that even a
/// malformed message can be ended.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowState {
    status: Status,
    #[serde(default)]
    fence: Fence,
    #[serde(default)]
    attempts: u32,
    sent_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    pending_key: Option<PendingKey>,
}

impl RowState {
    fn of(operation: &'static str, row: Option<Item>) -> Result<Option<Self>, PortError> {
        items::from_found(operation, row)
    }
}
