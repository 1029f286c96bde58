//! The Lambda function behind `POST /campaigns/{id}/pause`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    pause_campaign::run().await
}
