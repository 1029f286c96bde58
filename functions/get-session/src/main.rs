//! The Lambda function behind `GET /sessions/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    get_session::run().await
}
