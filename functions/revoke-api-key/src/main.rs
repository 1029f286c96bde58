//! The Lambda function behind `DELETE /api-keys/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    revoke_api_key::run().await
}
