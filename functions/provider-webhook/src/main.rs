//! The Lambda function behind `/provider-webhooks/{provider}/{sessionId}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    provider_webhook::run().await
}
