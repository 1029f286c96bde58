//! The Lambda function behind `DELETE /messages/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    cancel_message::run().await
}
