//! The Lambda function that consumes the three FIFO queues.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    dispatch::run().await
}
