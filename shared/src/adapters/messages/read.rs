//! Looking messages up.

use domain::message::Message;
use domain::values::ids::{AccountId, MessageId, MessageKey};

use super::super::items;
use super::super::keys::{ACCOUNT_ID, BY_ACCOUNT_INDEX, MESSAGE_ID, SESSION_ID, message_key};
use super::super::table::{Query, equal};
use super::DynamoMessages;
use crate::ports::{LocateMessages, PortError, ReadMessages};

impl DynamoMessages {
    /// A message, strongly consistent.
    pub(super) async fn get_strongly(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        let operation = "messages.get";
        items::from_found(operation, self.table.get(operation, message_key(key)).await?)
    }
}

impl ReadMessages for DynamoMessages {
    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        self.get_strongly(key).await
    }
}

impl LocateMessages for DynamoMessages {
    async fn locate(
        &self,
        account_id: AccountId,
        message_id: MessageId,
    ) -> Result<Option<MessageKey>, PortError> {
        let operation = "messages.locate";
        let key = equal(ACCOUNT_ID, account_id).and(equal(MESSAGE_ID, message_id));
        let query = Query::of(key).index(BY_ACCOUNT_INDEX).limit(1);
        let found = self.table.page(operation, query).await?;
        let Some(item) = found.items.first() else { return Ok(None) };
        Ok(Some(MessageKey { session_id: items::parsed(operation, item, SESSION_ID)?, message_id }))
    }
}
