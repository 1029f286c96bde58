//! Looking messages up.

use domain::message::Message;
use domain::values::ids::{AccountId, MessageId, MessageKey};

use super::super::failure::failed;
use super::super::items::text;
use super::super::items::{self, Item};
use super::super::keys::{ACCOUNT_ID, BY_ACCOUNT_INDEX, MESSAGE_ID, SESSION_ID};
use super::{DynamoMessages, item_key};
use crate::ports::{PortError, ReadMessages};

impl DynamoMessages {
    /// A message, strongly consistent.
    pub(super) async fn get_strongly(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        let operation = "messages.get";
        self.item_strongly(operation, key).await?.map(|item| items::from_item(operation, item)).transpose()
    }

    pub(super) async fn item_strongly(
        &self,
        operation: &'static str,
        key: MessageKey,
    ) -> Result<Option<Item>, PortError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed(operation))?;
        Ok(output.item)
    }
}

impl ReadMessages for DynamoMessages {
    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        self.get_strongly(key).await
    }

    async fn locate(
        &self,
        account_id: AccountId,
        message_id: MessageId,
    ) -> Result<Option<MessageKey>, PortError> {
        let operation = "messages.locate";
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_ACCOUNT_INDEX)
            .key_condition_expression("#account = :account AND #message = :message")
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_names("#message", MESSAGE_ID)
            .expression_attribute_values(":account", text(&account_id))
            .expression_attribute_values(":message", text(&message_id))
            .limit(1)
            .send()
            .await
            .map_err(failed(operation))?;
        let Some(item) = output.items().first() else { return Ok(None) };
        Ok(Some(MessageKey { session_id: items::parsed(operation, item, SESSION_ID)?, message_id }))
    }
}
