//! The Lambda function behind `GET /messages/conversations`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    list_conversations::run().await
}
