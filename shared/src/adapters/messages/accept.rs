//! Storing what the API accepts.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::ids::MessageKey;
use domain::lease::Fence;
use domain::message::Message;
use domain::status::Status;

use super::super::failure::failed;
use super::super::items;
use super::super::keys::{FENCE, MESSAGE_ID, STATUS};
use super::{DynamoMessages, item_key};
use crate::ports::{AcceptMessages, PortError};

impl DynamoMessages {
    /// Stores a message unless its id is taken, which then is the same message, stored by an earlier copy of this write.
    pub(super) async fn put_new(&self, operation: &'static str, message: &Message) -> Result<(), PortError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(items::to_item(operation, message)?))
            .condition_expression("attribute_not_exists(#id)")
            .expression_attribute_names("#id", MESSAGE_ID)
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

impl AcceptMessages for DynamoMessages {
    async fn put(&self, message: &Message) -> Result<(), PortError> {
        self.put_new("messages.put", message).await
    }

    /// A message that is not there was taken back by an earlier copy of this write: `true`, as well.
    async fn withdraw(&self, key: MessageKey) -> Result<bool, PortError> {
        let operation = "messages.withdraw";
        let untouched = serde_dynamo::to_attribute_value(Fence::default()).map_err(failed(operation))?;
        let queued = serde_dynamo::to_attribute_value(Status::Queued).map_err(failed(operation))?;
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(item_key(key)))
            .condition_expression("attribute_not_exists(#id) OR (#status = :queued AND #fence = :untouched)")
            .expression_attribute_names("#id", MESSAGE_ID)
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_names("#fence", FENCE)
            .expression_attribute_values(":queued", queued)
            .expression_attribute_values(":untouched", untouched)
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}
