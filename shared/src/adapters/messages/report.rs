//! Storing what providers report.

use domain::message::report::{Report, is_looked_up};
use domain::message::{Message, MessageError};
use domain::values::ids::{MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use futures_util::future::try_join_all;

use super::super::failure::failed;
use super::super::items::{self, text};
use super::super::keys::{
    BY_PROVIDER_KEY_INDEX, DELIVERED_AT, ERROR, ERROR_CODE, FAILED_AT, MESSAGE_ID, PROVIDER_KEY,
    PROVIDER_MESSAGE_ID, READ_AT, SENT_AT, SESSION_ID, STATUS, UNKNOWN_KEY,
};
use super::super::update::{Update, Written};
use super::{DynamoMessages, RowState};
use crate::ports::{PortError, ReportMessages, Reported};

/// How many messages of unknown outcome a report is compared with.
const UNSETTLED_MAX: i32 = 24;

impl ReportMessages for DynamoMessages {
    /// A second copy of a report answers `NothingNew`, like any report that comes twice.
    async fn report(&self, key: MessageKey, report: &Report) -> Result<Reported, PortError> {
        let operation = "messages.report";
        let Some(update) = reporting(report) else {
            return Ok(not_applied(self.get_strongly(key).await?.map(|message| message.status)));
        };
        match self.update(operation, key, update).await? {
            Written::Done(_) => Ok(Reported::Applied),
            Written::Refused(row) => {
                Ok(not_applied(RowState::of(operation, row.as_ref())?.map(|row| row.status)))
            }
        }
    }

    async fn find(
        &self,
        session_id: SessionId,
        provider_message_id: &str,
    ) -> Result<Option<MessageId>, PortError> {
        let found = self.by_provider_key("messages.find", session_id, provider_message_id, 1).await?;
        Ok(found.first().copied())
    }

    async fn unsettled(&self, session_id: SessionId) -> Result<Vec<Message>, PortError> {
        let operation = "messages.unsettled";
        let found = self.by_provider_key(operation, session_id, UNKNOWN_KEY, UNSETTLED_MAX).await?;
        let rows =
            found.into_iter().map(|message_id| self.get_strongly(MessageKey { session_id, message_id }));
        let rows = try_join_all(rows).await?;
        // One that was settled without an id of its provider keeps its place in the index.
        let is_unknown = |row: &Message| row.error.as_ref().is_some_and(MessageError::is_outcome_unknown);
        Ok(rows.into_iter().flatten().filter(is_unknown).collect())
    }

    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        self.get_strongly(key).await
    }

    async fn put_inbound(&self, message: &Message) -> Result<(), PortError> {
        self.put_new("messages.put_inbound", message).await.map(drop)
    }
}

impl DynamoMessages {
    /// The latest messages of a session with this key in the index by provider's ids.
    async fn by_provider_key(
        &self,
        operation: &'static str,
        session_id: SessionId,
        provider_key: &str,
        limit: i32,
    ) -> Result<Vec<MessageId>, PortError> {
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_PROVIDER_KEY_INDEX)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(limit)
            .key_condition_expression("#session = :session AND #provider = :provider")
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_names("#provider", PROVIDER_KEY)
            .expression_attribute_values(":session", text(&session_id))
            .expression_attribute_values(":provider", text(&provider_key))
            .send()
            .await
            .map_err(failed(operation))?;
        output.items().iter().map(|item| items::parsed(operation, item, MESSAGE_ID)).collect()
    }
}

/// The write that moves a message forward; `None` where no report leads.
fn reporting(report: &Report) -> Option<Update> {
    let (next, at) = (report.status, report.at);
    let update = match next {
        Status::Sent => Update::default().set(SENT_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Delivered => Update::default().set(DELIVERED_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Read => Update::default().set(READ_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Failed => Update::default().set(FAILED_AT, at).set(ERROR, report.failure()),
        Status::Queued | Status::Sending | Status::Received | Status::Cancelled => return None,
    };
    let update = match &report.provider_message_id {
        Some(id) if is_looked_up(id) => update.set_if_absent(PROVIDER_MESSAGE_ID, id).set(PROVIDER_KEY, id),
        Some(id) => update.set_if_absent(PROVIDER_MESSAGE_ID, id),
        None => update,
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
