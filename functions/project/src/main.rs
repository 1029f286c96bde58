//! The Lambda function that reads the stream of the messages' table.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    project::run().await
}
