//! The Lambda function that consumes the queue of ingestion.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    ingest::run().await
}
