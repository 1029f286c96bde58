//! The Lambda function that moves scheduled messages' wake-ups into the timer, each minute.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    promote::run().await
}
