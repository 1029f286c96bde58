//! Storing what the API accepts.

use domain::message::Message;
use domain::values::fence::Fence;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::items;
use super::super::keys::{FENCE, MESSAGE_ID, STATUS};
use super::super::table::{Write, Written, absent, equal};
use super::DynamoMessages;
use crate::ports::{AcceptMessages, CancelMessages, Cancelled, PortError, WithdrawMessages, Withdrawn};

impl DynamoMessages {
    /// Stores a message unless its id is taken. Then an earlier copy of this write has stored it, and its present status is
    /// returned.
    pub(super) async fn put_new(
        &self,
        operation: &'static str,
        message: &Message,
    ) -> Result<Option<Status>, PortError> {
        let item = items::to_item(operation, message)?;
        let write = Write::put(item).only_if(absent(MESSAGE_ID)).returning_refused();
        match self.table.write(operation, write).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(row) => items::parsed(operation, &row.unwrap_or_default(), STATUS).map(Some),
        }
    }
}

impl AcceptMessages for DynamoMessages {
    async fn put(&self, message: &Message) -> Result<Option<Status>, PortError> {
        self.put_new("messages.put", message).await
    }
}

impl WithdrawMessages for DynamoMessages {
    /// Stores the message as cancelled if it is absent or untouched. If a worker has fenced it or put it back in line, it is
    /// cancelled like any other.
    async fn withdraw(&self, message: &Message, now: Timestamp) -> Result<Withdrawn, PortError> {
        let operation = "messages.withdraw";
        let item = items::to_item(operation, &message.withdrawn(now))?;
        let untouched = equal(STATUS, Status::Queued).and(equal(FENCE, Fence::default()));
        let write = Write::put(item).only_if(absent(MESSAGE_ID).or(untouched));
        if self.table.write(operation, write).await?.is_done() {
            return Ok(Withdrawn::Yes);
        }
        Ok(match self.cancel(message.key(), now).await? {
            Cancelled::Yes(_) | Cancelled::NotFound => Withdrawn::Yes,
            Cancelled::TooLate(status) => Withdrawn::No(status),
        })
    }
}
