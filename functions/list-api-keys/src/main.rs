//! The Lambda function behind `GET /api-keys`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    list_api_keys::run().await
}
