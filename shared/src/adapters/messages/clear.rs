//! Cancelling what waits of a cancelled campaign.

use domain::message::MessageError;
use domain::values::ids::{CampaignId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::failure::failed;
use super::super::items::{self, text};
use super::super::keys::{ERROR, ERROR_CODE, FAILED_AT, MESSAGE_ID, SESSION_ID, STATUS};
use super::super::update::Update;
use super::DynamoMessages;
use crate::ports::{ClearMessages, PortError};

impl ClearMessages for DynamoMessages {
    /// From the table and not from the index of what waits: a campaign's rows stand together in the table whatever their
    /// time, and the row in a worker's hand must be seen, too.
    async fn rows_of(
        &self,
        session_id: SessionId,
        campaign_id: CampaignId,
        from_row: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Status)>, PortError> {
        let operation = "messages.rows_of";
        // A page ends after so many items, or after 1 MB of them: read on until there are enough.
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .key_condition_expression("#session = :session AND #message BETWEEN :from AND :to")
            .projection_expression("#message, #status")
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_names("#message", MESSAGE_ID)
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_values(":session", text(&session_id))
            .expression_attribute_values(":from", text(&campaign_id.message(from_row)))
            .expression_attribute_values(":to", text(&campaign_id.behind_messages()));
        let mut found = pages.into_paginator().items().send();
        let mut rows = Vec::new();
        while rows.len() < limit
            && let Some(item) = found.next().await
        {
            let item = item.map_err(failed(operation))?;
            let row = campaign_id.row(items::parsed(operation, &item, MESSAGE_ID)?);
            rows.push((row, items::parsed(operation, &item, STATUS)?));
        }
        Ok(rows)
    }

    async fn give_up(&self, key: MessageKey, now: Timestamp) -> Result<(), PortError> {
        let update =
            Update::default().set(STATUS, Status::Failed).set(FAILED_AT, now).out_of_line(now).if_any(vec![
                vec![
                    (&[STATUS], Status::Queued.name()),
                    (&[ERROR, ERROR_CODE], MessageError::OUTCOME_UNKNOWN),
                ],
            ]);
        self.update("messages.give_up", key, update).await.map(drop)
    }
}
