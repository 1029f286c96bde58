//! Batches of SQS messages.

use std::future::Future;

use super::Stack;
use crate::ports::Received;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::sending::ticket::Delivery;
use domain::values::time::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};

/// Serves batches of SQS messages until their deadline. The handler returns the ids of those that must come again.
pub async fn serve_queue<F, R>(stack: &Stack, handler: F) -> Result<(), Error>
where
    F: Fn(Vec<Received>, Timestamp) -> R,
    R: Future<Output = Vec<String>>,
{
    stack.env.check()?;
    let handler = &handler;
    let service = move |event: LambdaEvent<SqsEvent>| async move {
        let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let batch = event.payload.records.into_iter().map(received).collect();
        let failed = handler(batch, Timestamp::from_millis(deadline)).await;
        Ok::<_, Error>(batch_response(failed))
    };
    lambda_runtime::run(service_fn(service)).await
}

fn received(message: SqsMessage) -> Received {
    let number = |name: &str| message.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
    let receives = number("ApproximateReceiveCount").and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let sent_at = Timestamp::from_millis(number("SentTimestamp").unwrap_or(i64::MAX));
    Received {
        id: message.message_id.unwrap_or_default(),
        handle: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        delivery: Delivery { receives, sent_at },
    }
}

fn batch_response(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}
