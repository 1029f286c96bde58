//! The Lambda function behind `GET /sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    list_sessions::run().await
}
