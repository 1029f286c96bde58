//! The table of messages. One item is one message, and every change of its state is one conditional write.

mod accept;
mod cancel;
mod clear;
mod dispatch;
mod list;
mod read;
mod report;

pub(super) use list::{BATCH_ROUNDS_MAX, left_over};

use aws_sdk_dynamodb::Client;
use domain::message::pending::PendingKey;
use domain::message::{Message, Retention};
use domain::values::fence::Fence;
use domain::values::ids::MessageKey;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items::{self, Item};
use super::keys::{MESSAGE_ID, PENDING_KEY, RETENTION, SESSION_ID, TTL};
use super::update::{Update, Written};
use crate::ports::PortError;

/// The table of messages.
#[derive(Clone, Debug)]
pub struct DynamoMessages {
    client: Client,
    table: String,
}

impl DynamoMessages {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn update(
        &self,
        operation: &'static str,
        key: MessageKey,
        update: Update,
    ) -> Result<Written, PortError> {
        update.apply(operation, &self.client, &self.table, item_key(key)).await
    }
}

impl Update {
    /// Takes a message out of its line for good, and begins the time that it is still kept.
    fn out_of_line(self, now: Timestamp) -> Self {
        let (retention, default) = (RETENTION, Retention::default());
        self.remove(PENDING_KEY).set_sum(TTL, (retention, default), now.as_seconds())
    }
}

fn item_key(key: MessageKey) -> Item {
    items::key([(SESSION_ID, key.session_id.to_string()), (MESSAGE_ID, key.message_id.to_string())])
}

/// The message of an item that a write returned, if it returned one.
fn message_of(operation: &'static str, item: Option<Item>) -> Result<Option<Box<Message>>, PortError> {
    item.map(|item| items::from_item(operation, item).map(Box::new)).transpose()
}

/// What decides about a row that refused a write. Read without the rest of the message, so that a row which cannot be read
/// as a message can still be ended.
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
    fn of(operation: &'static str, row: Option<&Item>) -> Result<Option<Self>, PortError> {
        row.map(|row| items::from_item(operation, row.clone())).transpose()
    }
}
