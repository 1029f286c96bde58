//! Storing what providers report.

use domain::message::report::{Report, is_looked_up};
use domain::message::{Message, MessageError};
use domain::values::ids::{MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use futures_util::future::try_join_all;

use super::super::items;
use super::super::keys::{
    BY_PROVIDER_KEY_INDEX, DELIVERED_AT, ERROR, ERROR_CODE, FAILED_AT, MESSAGE_ID, PROVIDER_KEY,
    PROVIDER_MESSAGE_ID, READ_AT, SENT_AT, SESSION_ID, STATUS, UNKNOWN_KEY, message_key,
};
use super::super::table::{Condition, Query, Update, Write, Written, equal};
use super::{DynamoMessages, RowState};
use crate::ports::{PortError, ReportMessages, Reported};

/// How many messages of unknown outcome a report is compared with.
const UNSETTLED_MAX: usize = 24;

impl ReportMessages for DynamoMessages {
    /// A second copy of a report answers `NothingNew`, like any report that comes twice.
    async fn report(&self, key: MessageKey, report: &Report) -> Result<Reported, PortError> {
        let operation = "messages.report";
        let Some(write) = reporting(key, report) else {
            return Ok(not_applied(self.get_strongly(key).await?.map(|message| message.status)));
        };
        match self.table.write(operation, write.returning_refused()).await? {
            Written::Done(_) => Ok(Reported::Applied),
            Written::Refused(row) => Ok(not_applied(RowState::of(operation, row)?.map(|row| row.status))),
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
        // A message that was settled without a provider's id keeps this key in the index.
        let is_unknown = |row: &Message| row.error.as_ref().is_some_and(MessageError::is_outcome_unknown);
        Ok(rows.into_iter().flatten().filter(is_unknown).collect())
    }
}

impl DynamoMessages {
    /// The latest messages of a session that have this key in the index of provider ids.
    async fn by_provider_key(
        &self,
        operation: &'static str,
        session_id: SessionId,
        provider_key: &str,
        limit: usize,
    ) -> Result<Vec<MessageId>, PortError> {
        let key = equal(SESSION_ID, session_id).and(equal(PROVIDER_KEY, provider_key));
        let query = Query::of(key).index(BY_PROVIDER_KEY_INDEX).strongly().newest_first().limit(limit);
        let found = self.table.page(operation, query).await?;
        found.items.iter().map(|item| items::parsed(operation, item, MESSAGE_ID)).collect()
    }
}

/// The write that moves a message forward; `None` if no report leads to this status.
fn reporting(key: MessageKey, report: &Report) -> Option<Write<Update>> {
    let (next, at) = (report.status, report.at);
    let write = Write::update(message_key(key)).set(STATUS, next);
    let write = match next {
        Status::Sent => write.set(SENT_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Delivered => write.set(DELIVERED_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Read => write.set(READ_AT, at).remove(ERROR).remove(FAILED_AT),
        Status::Failed => write.set(FAILED_AT, at).set(ERROR, report.failure()),
        Status::Queued | Status::Sending | Status::Received | Status::Cancelled => return None,
    };
    let write = match &report.provider_message_id {
        Some(id) if is_looked_up(id) => write.set_if_absent(PROVIDER_MESSAGE_ID, id).set(PROVIDER_KEY, id),
        Some(id) => write.set_if_absent(PROVIDER_MESSAGE_ID, id),
        None => write,
    };
    let from = Status::ALL.into_iter().filter(|from| from.may_be_reported(next)).map(starting_point);
    Some(write.only_if(from.reduce(Condition::or)?))
}

/// The condition that a row has this status and a report may change it. Only failures of unknown outcome are corrected.
fn starting_point(from: Status) -> Condition {
    let state = equal(STATUS, from);
    match from {
        Status::Failed => state.and(equal([ERROR, ERROR_CODE], MessageError::OUTCOME_UNKNOWN)),
        Status::Queued
        | Status::Sending
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Received
        | Status::Cancelled => state,
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
