//! The Lambda function that sends a fresh ticket to sessions that stand still, every few minutes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    sweep::run().await
}
