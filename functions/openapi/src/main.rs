//! The Lambda function behind `GET /api/v1/openapi.json` and `GET /api/v1/docs`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    openapi::run().await
}
