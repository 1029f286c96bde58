//! The Lambda function behind `DELETE /sessions/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    delete_session::run().await
}
