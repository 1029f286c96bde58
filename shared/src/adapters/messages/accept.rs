//! Storing what the API accepts.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::message::Message;
use domain::values::fence::Fence;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::failure::failed;
use super::super::items;
use super::super::keys::{FENCE, MESSAGE_ID, STATUS};
use super::DynamoMessages;
use crate::ports::{AcceptMessages, CancelMessages, Cancelled, PortError, Withdrawn};

impl DynamoMessages {
    /// Stores a message unless its id is taken, which then is the same message, stored by an earlier copy of this write:
    /// its state by now.
    pub(super) async fn put_new(
        &self,
        operation: &'static str,
        message: &Message,
    ) -> Result<Option<Status>, PortError> {
        let put = self
            .put_item(operation, message)?
            .condition_expression("attribute_not_exists(#id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let item = match put.send().await {
            Ok(_) => return Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => refusal.item.clone(),
                _ => return Err(failed(operation)(error)),
            },
        };
        let status = item.as_ref().and_then(|item| item.get(STATUS)).cloned();
        let status = status.ok_or_else(|| PortError::new(operation, "the item in the way has no status"))?;
        serde_dynamo::from_attribute_value(status).map(Some).map_err(failed(operation))
    }

    fn put_item(
        &self,
        operation: &'static str,
        message: &Message,
    ) -> Result<PutItemFluentBuilder, PortError> {
        let item = items::to_item(operation, message)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        Ok(put.expression_attribute_names("#id", MESSAGE_ID))
    }
}

/// Makes a conditional write, and says whether its condition held.
async fn put_if(operation: &'static str, put: PutItemFluentBuilder) -> Result<bool, PortError> {
    match put.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failed(operation)(error)),
        },
    }
}

impl AcceptMessages for DynamoMessages {
    async fn put(&self, message: &Message) -> Result<Option<Status>, PortError> {
        self.put_new("messages.put", message).await
    }

    /// Puts the message as cancelled where it is absent or untouched. One that a worker has fenced, or has given back,
    /// is cancelled as any other.
    async fn withdraw(&self, message: &Message, now: Timestamp) -> Result<Withdrawn, PortError> {
        let operation = "messages.withdraw";
        let untouched = serde_dynamo::to_attribute_value(Fence::default()).map_err(failed(operation))?;
        let queued = serde_dynamo::to_attribute_value(Status::Queued).map_err(failed(operation))?;
        let put = self
            .put_item(operation, &message.withdrawn(now))?
            .condition_expression("attribute_not_exists(#id) OR (#status = :queued AND #fence = :untouched)")
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_names("#fence", FENCE)
            .expression_attribute_values(":queued", queued)
            .expression_attribute_values(":untouched", untouched);
        if put_if(operation, put).await? {
            return Ok(Withdrawn::Yes);
        }
        Ok(match self.cancel(message.key(), now).await? {
            Cancelled::Yes(_) | Cancelled::NotFound => Withdrawn::Yes,
            Cancelled::TooLate(status) => Withdrawn::No(status),
        })
    }
}
