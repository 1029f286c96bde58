//! Batches of changes from the stream of the messages' table.

use std::future::Future;

use domain::reading::projection::{Change, Seen, SequenceNumber};
use domain::values::ids::{MessageId, MessageKey, SessionId};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use super::Stack;
use crate::ports::PortError;

/// The attribute that a row has while it is in line.
const PENDING_KEY: &str = "pendingKey";

/// Who deletes what has come to its end.
const TIME_TO_LIVE: &str = "dynamodb.amazonaws.com";

#[derive(Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    user_identity: Option<UserIdentity>,
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    principal_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    keys: serde_dynamo::Item,
    sequence_number: SequenceNumber,
    old_image: Option<serde_dynamo::Item>,
    new_image: Option<serde_dynamo::Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    session_id: SessionId,
    message_id: MessageId,
}

/// Serves batches of the stream. A batch that fails is delivered again, perhaps divided differently by Lambda.
pub async fn serve_stream<F, R, T>(stack: &Stack, handler: F) -> Result<(), Error>
where
    F: Fn(Vec<Change>) -> R,
    R: Future<Output = Result<T, PortError>>,
    T: Serialize,
{
    stack.env.check()?;
    let handler = &handler;
    let service = move |event: LambdaEvent<StreamEvent>| async move {
        let changes = event.payload.records.into_iter().filter_map(change).collect();
        let counted = handler(changes).await;
        counted.map_err(|error| {
            tracing::warn!(%error, "a batch of changes comes again");
            Error::from(error)
        })
    };
    lambda_runtime::run(service_fn(service)).await
}

/// The change in a record; `None` if the row is not one of ours.
fn change(record: Record) -> Option<Change> {
    let Images { keys, sequence_number: at, old_image, new_image } = record.dynamodb;
    let key: Key = read(keys)?;
    let principal = record.user_identity.and_then(|identity| identity.principal_id);
    let waits = new_image.as_ref().is_some_and(|row| row.contains_key(PENDING_KEY));
    Some(Change {
        at,
        key: MessageKey { session_id: key.session_id, message_id: key.message_id },
        before: old_image.and_then(read),
        after: new_image.and_then(read::<Seen>),
        waits,
        is_expiry: principal.as_deref() == Some(TIME_TO_LIVE),
    })
}

/// A row that cannot be read counts for nothing, and must not hold up all others.
fn read<T: serde::de::DeserializeOwned>(item: serde_dynamo::Item) -> Option<T> {
    serde_dynamo::from_item(item)
        .inspect_err(
            |error| tracing::error!(%error, malformed = "row", "passed over a row that cannot be read"),
        )
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::values::status::Status;
    use serde_json::{Value, json};

    fn record(extra: &Value) -> Record {
        let ids = json!({
            "sessionId": { "S": "01a2046f-32c8-7ea8-b1d2-d8ad81df4f6d" },
            "messageId": { "S": "01a20472-1a2f-77bc-93be-97e79dda7c92" },
        });
        let mut image = ids.clone();
        for (name, value) in [
            ("accountId", json!({ "S": "01a20472-0000-77bc-93be-97e79dda7c92" })),
            ("direction", json!({ "S": "outbound" })),
            ("to", json!({ "S": "16505551234" })),
            ("status", json!({ "S": "sent" })),
            ("createdAt", json!({ "N": "1776679200123" })),
            ("ttl", json!({ "N": "1784455200" })),
            ("message", json!({ "S": "hello" })),
        ] {
            image[name] = value;
        }
        let mut record = json!({
            "eventID": "1", "eventName": "MODIFY", "eventSource": "aws:dynamodb",
            "dynamodb": { "Keys": ids, "SequenceNumber": "111", "OldImage": image, "SizeBytes": 26 },
        });
        for (name, value) in extra.as_object().unwrap() {
            record[name] = value.clone();
        }
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn a_record_is_read() {
        let found = change(record(&json!({}))).unwrap();
        assert_eq!((found.at.to_string().len(), found.is_expiry, found.after), (40, false, None));
        assert_eq!(found.before.unwrap().status, Status::Sent);
    }

    #[test]
    fn what_dynamodb_drops_is_an_expiry() {
        for (identity, is_expiry) in [
            (json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" }), true),
            (json!({ "type": "Service", "principalId": "replication.dynamodb.amazonaws.com" }), false),
            (json!(null), false),
        ] {
            assert_eq!(change(record(&json!({ "userIdentity": identity }))).unwrap().is_expiry, is_expiry);
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_is_nothing() {
        let mut broken = record(&json!({}));
        broken.dynamodb.old_image.as_mut().unwrap().remove("status");
        assert_eq!(change(broken).unwrap().before, None);
    }
}
