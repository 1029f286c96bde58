//! The Lambda function behind `POST /campaigns/{id}/resume`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    resume_campaign::run().await
}
