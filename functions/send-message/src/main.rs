//! The Lambda function behind `POST /messages/send`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    send_message::run().await
}
