//! Storing what providers report.

use domain::ids::MessageKey;
use domain::message::{Message, MessageError};
use domain::status::Status;
use domain::time::Timestamp;

use super::super::keys::{DELIVERED_AT, ERROR, ERROR_CODE, FAILED_AT, READ_AT, SENT_AT, STATUS};
use super::super::update::{Update, Written};
use super::{DynamoMessages, RowState};
use crate::ports::{PortError, ReportMessages, Reported};

impl ReportMessages for DynamoMessages {
    /// A second copy of a report answers `NothingNew`, like any report that comes twice.
    async fn report(&self, key: MessageKey, status: Status, at: Timestamp) -> Result<Reported, PortError> {
        let operation = "messages.report";
        let Some(update) = reporting(status, at) else {
            return Ok(not_applied(self.get_strongly(key).await?.map(|message| message.status)));
        };
        match self.update(operation, key, update).await? {
            Written::Done(_) => Ok(Reported::Applied),
            Written::Refused(row) => {
                Ok(not_applied(RowState::of(operation, row.as_ref())?.map(|row| row.status)))
            }
        }
    }

    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        self.get_strongly(key).await
    }

    async fn put_inbound(&self, message: &Message) -> Result<(), PortError> {
        self.put_new("messages.put_inbound", message).await
    }
}

/// The write that moves a message forward to `next`; `None` where no report leads.
fn reporting(next: Status, at: Timestamp) -> Option<Update> {
    let update = match next {
        Status::Sent => Update::default().set(SENT_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Delivered => Update::default().set(DELIVERED_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Read => Update::default().set(READ_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Failed => Update::default().set(FAILED_AT, at),
        Status::Queued | Status::Sending | Status::Received | Status::Cancelled => return None,
    };
    let from = Status::ALL.into_iter().filter(|from| from.may_be_reported(next)).map(starting_point);
    Some(update.set(STATUS, next).if_any(from.collect()))
}

/// What a row must be to be in this state, as far as reports may move it on: of the failures, only those of unknown
/// outcome are corrected.
fn starting_point(from: Status) -> Vec<(&'static [&'static str], &'static str)> {
    let state: (&[&str], &str) = (&[STATUS], from.name());
    match from {
        Status::Failed => vec![state, (&[ERROR, ERROR_CODE], MessageError::OUTCOME_UNKNOWN)],
        Status::Queued
        | Status::Sending
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Received
        | Status::Cancelled => vec![state],
    }
}

fn not_applied(status: Option<Status>) -> Reported {
    match status {
        None => Reported::NotFound,
        Some(Status::Queued | Status::Sending) => Reported::TooEarly,
        Some(
            Status::Sent
            | Status::Delivered
            | Status::Read
            | Status::Failed
            | Status::Received
            | Status::Cancelled,
        ) => Reported::NothingNew,
    }
}
