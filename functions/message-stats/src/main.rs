//! The Lambda function behind `GET /messages/stats`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    message_stats::run().await
}
