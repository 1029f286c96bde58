//! The Lambda function behind `GET /campaigns/{id}/rejected`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    rejected_recipients::run().await
}
