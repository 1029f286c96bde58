//! The Lambda function behind `POST /sessions/{id}/resume`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    resume_session::run().await
}
