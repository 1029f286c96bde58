//! Taking messages back.

use domain::message::{Message, MessageError};
use domain::values::ids::MessageKey;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::keys::{CANCELLED_AT, ERROR, ERROR_CODE, STATUS};
use super::super::update::{Update, Written};
use super::{DynamoMessages, message_of};
use crate::ports::{CancelMessages, Cancelled, PortError};

impl CancelMessages for DynamoMessages {
    async fn cancel(&self, key: MessageKey, now: Timestamp) -> Result<Cancelled, PortError> {
        let operation = "messages.cancel";
        let update = Update::default()
            .set(STATUS, Status::Cancelled)
            .set(CANCELLED_AT, now)
            .out_of_line(now)
            .if_is(STATUS, Status::Queued)
            // An attempt of unknown outcome may have sent it: it waits only to be repeated under the same id.
            .if_is_not(&[ERROR, ERROR_CODE], MessageError::OUTCOME_UNKNOWN)
            .returning_item();
        let (Written::Done(item) | Written::Refused(item)) = self.update(operation, key, update).await?;
        Ok(cancelled(message_of(operation, item)?))
    }
}

/// Only a cancel makes a message `cancelled`, so the row tells what became of this one or of an earlier copy of it.
fn cancelled(row: Option<Box<Message>>) -> Cancelled {
    match row {
        None => Cancelled::NotFound,
        Some(message) if message.status == Status::Cancelled => Cancelled::Yes(message),
        Some(message) => Cancelled::TooLate(message.status),
    }
}
