//! The Lambda function behind `POST /messages/bulk/uploads`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    bulk_uploads::run().await
}
