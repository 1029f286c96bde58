//! The Lambda function behind `GET /campaigns/{id}`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    get_campaign::run().await
}
