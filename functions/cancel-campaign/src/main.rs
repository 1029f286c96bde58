//! The Lambda function behind `DELETE /campaigns/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    cancel_campaign::run().await
}
