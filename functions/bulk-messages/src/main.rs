//! The Lambda function behind `POST /messages/bulk`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    bulk_messages::run().await
}
