//! Cancelling messages.

use domain::message::{Message, MessageError};
use domain::values::ids::MessageKey;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::items;
use super::super::keys::{CANCELLED_AT, ERROR, ERROR_CODE, STATUS, message_key};
use super::super::table::{Write, absent, equal, not_equal};
use super::DynamoMessages;
use crate::ports::{CancelMessages, Cancelled, PortError};

impl CancelMessages for DynamoMessages {
    async fn cancel(&self, key: MessageKey, now: Timestamp) -> Result<Cancelled, PortError> {
        let operation = "messages.cancel";
        // An attempt of unknown outcome may have sent it. It waits only to be repeated under the same id.
        let code = [ERROR, ERROR_CODE];
        let was_not_sent = absent(code).or(not_equal(code, MessageError::OUTCOME_UNKNOWN));
        let write = Write::update(message_key(key))
            .set(STATUS, Status::Cancelled)
            .set(CANCELLED_AT, now)
            .out_of_line(now)
            .only_if(equal(STATUS, Status::Queued))
            .only_if(was_not_sent)
            .returning_item();
        let row = self.table.write(operation, write).await?.item();
        Ok(cancelled(items::from_found(operation, row)?))
    }
}

/// Only a cancel makes a message `cancelled`, so a cancelled row means that this write or an earlier copy of it succeeded.
fn cancelled(row: Option<Box<Message>>) -> Cancelled {
    match row {
        None => Cancelled::NotFound,
        Some(message) if message.status == Status::Cancelled => Cancelled::Yes(message),
        Some(message) => Cancelled::TooLate(message.status),
    }
}
