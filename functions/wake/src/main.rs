//! The Lambda function that consumes the timer queue.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    wake::run().await
}
