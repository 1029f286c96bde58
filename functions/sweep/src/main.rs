//! The Lambda function that gives sessions that stand still a fresh ticket, each few minutes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    sweep::run().await
}
