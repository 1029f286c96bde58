//! The Lambda function behind `GET /messages`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    list_messages::run().await
}
