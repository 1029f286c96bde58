//! The Lambda function behind `POST /sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    create_session::run().await
}
