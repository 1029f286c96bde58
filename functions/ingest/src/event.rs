//! What comes out of the queue: steps, and what the bucket tells.

use domain::campaign::ingest::IngestStep;
use serde::Deserialize;
use shared::ports::{CampaignFile, ReadFiles};

/// A message of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A segment is to be stored.
    Step(IngestStep),
    /// Files have arrived.
    Uploads(Vec<CampaignFile>),
    /// The bucket tries whether it can send; it does so once, when it is connected to the queue.
    Test,
    /// Anything else.
    Malformed,
}

/// The part that matters of what S3 tells: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
enum Told {
    Records(Vec<Record>),
    #[serde(untagged)]
    Test {
        #[serde(rename = "Event")]
        event: String,
    },
}

#[derive(Deserialize)]
struct Record {
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// Reads a message. Names of files that are no uploads are left out: the bucket is set to tell of uploads alone.
pub(crate) fn event(files: &impl ReadFiles, body: &str) -> Event {
    if let Ok(step) = serde_json::from_str(body) {
        return Event::Step(step);
    }
    match serde_json::from_str(body) {
        Ok(Told::Records(records)) => Event::Uploads(
            records.iter().filter_map(|record| files.upload_named(&record.s3.object.key)).collect(),
        ),
        Ok(Told::Test { event }) if event == "s3:TestEvent" => Event::Test,
        Ok(Told::Test { .. }) | Err(_) => Event::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_test_is_known() {
        let body = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"b"}"#;
        assert!(matches!(serde_json::from_str(body), Ok(Told::Test { event }) if event == "s3:TestEvent"));
    }
}
