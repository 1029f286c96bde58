//! The Lambda function behind `GET /messages/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    get_message::run().await
}
