//! Cancelling the waiting messages of a cancelled campaign.

use domain::message::MessageError;
use domain::values::ids::{CampaignId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::items;
use super::super::keys::{ERROR, ERROR_CODE, FAILED_AT, MESSAGE_ID, SESSION_ID, STATUS, message_key};
use super::super::table::{Query, Write, between, equal};
use super::DynamoMessages;
use crate::ports::{ClearMessages, PortError};

impl ClearMessages for DynamoMessages {
    /// Reads the table, not the index of waiting messages: in the table a campaign's rows stand together whatever their due
    /// time, and a row that a worker is sending must be found, too.
    async fn rows_of(
        &self,
        session_id: SessionId,
        campaign_id: CampaignId,
        from_row: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Status)>, PortError> {
        let operation = "messages.rows_of";
        let rows = between(MESSAGE_ID, campaign_id.message(from_row), campaign_id.behind_messages());
        let key = equal(SESSION_ID, session_id).and(rows);
        let query = Query::of(key).strongly().only(&[MESSAGE_ID, STATUS]);
        let read = |item| {
            let row = campaign_id.row(items::parsed(operation, &item, MESSAGE_ID)?);
            Ok(Some((row, items::parsed(operation, &item, STATUS)?)))
        };
        self.table.first(operation, query, limit, read).await
    }

    async fn give_up(&self, key: MessageKey, now: Timestamp) -> Result<(), PortError> {
        let write = Write::update(message_key(key))
            .set(STATUS, Status::Failed)
            .set(FAILED_AT, now)
            .out_of_line(now)
            .only_if(equal(STATUS, Status::Queued))
            .only_if(equal([ERROR, ERROR_CODE], MessageError::OUTCOME_UNKNOWN));
        self.table.write("messages.give_up", write).await.map(drop)
    }
}
