//! The Lambda function behind `POST /api-keys`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    create_api_key::run().await
}
