//! The Lambda function behind `GET /campaigns`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    list_campaigns::run().await
}
