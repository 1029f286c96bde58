//! Batches of the messages table's stream.

use std::future::Future;

use domain::ids::MessageKey;
use domain::watch::Change;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::ports::PortError;

/// A batch, as far as anything of it is read: the rest is skipped while it is parsed, so that a batch of 6 MB needs little
/// memory.
#[derive(Debug, Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    dynamodb: RowChange,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RowChange {
    keys: Keys,
    new_image: NewImage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keys {
    session_id: Text,
    message_id: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NewImage {
    pending_key: Option<Text>,
}

/// A text, as `DynamoDB` writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// Serves batches of the messages table's stream. A batch that fails comes again as a whole.
pub async fn serve_stream<F, R, T>(handler: F) -> Result<(), Error>
where
    F: Fn(Vec<Change>) -> R,
    R: Future<Output = Result<T, PortError>>,
    T: Serialize,
{
    let handler = &handler;
    let service = move |event: LambdaEvent<StreamEvent>| async move {
        let changes = event.payload.records.iter().filter_map(change).collect();
        handler(changes).await.map_err(|error| {
            tracing::error!(%error, "a batch of the stream comes again");
            Error::from(error)
        })
    };
    lambda_runtime::run(service_fn(service)).await
}

/// What is no change of a message is logged and skipped: it would hold up the stream for a day.
fn change(record: &Record) -> Option<Change> {
    let RowChange { keys, new_image } = &record.dynamodb;
    let parsed = (keys.session_id.text.parse(), keys.message_id.text.parse());
    let (Ok(session_id), Ok(message_id)) = parsed else {
        tracing::error!(?keys, malformed = "stream", "skipped a malformed record of the stream");
        return None;
    };
    Some(Change { key: MessageKey { session_id, message_id }, waits: new_image.pending_key.is_some() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SESSION: &str = "0193b3c0-0000-7000-8000-000000000001";
    const MESSAGE: &str = "0193b3c0-0000-7000-8000-000000000002";

    fn record(image: &Value) -> Value {
        let keys = json!({ "sessionId": { "S": SESSION }, "messageId": { "S": MESSAGE } });
        json!({ "eventName": "MODIFY", "dynamodb": { "Keys": keys, "NewImage": image, "SequenceNumber": "1" } })
    }

    #[test]
    fn a_row_in_line_waits_and_others_do_not() {
        let place = json!({ "pendingKey": { "S": "05#…" }, "fence": { "N": "1" } });
        let removed =
            json!({ "eventName": "REMOVE", "dynamodb": { "Keys": record(&place)["dynamodb"]["Keys"] } });
        let event =
            json!({ "Records": [record(&place), record(&json!({ "status": { "S": "sent" } })), removed] });
        let event: StreamEvent = serde_json::from_value(event).unwrap();
        let waits: Vec<bool> = event.records.iter().filter_map(change).map(|change| change.waits).collect();
        assert_eq!(waits, [true, false, false]);
    }

    #[test]
    fn what_is_no_message_is_skipped() {
        let odd = json!({ "Records": [{}, { "dynamodb": {} }, { "dynamodb": { "Keys": { "pk": { "S": "x" } } } }] });
        let event: StreamEvent = serde_json::from_value(odd).unwrap();
        assert_eq!(event.records.len(), 3);
        assert!(event.records.iter().all(|record| change(record).is_none()));
    }
}
