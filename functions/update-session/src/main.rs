//! The Lambda function behind `PATCH /sessions/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    update_session::run().await
}
