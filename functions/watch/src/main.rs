//! The Lambda function that notes which sessions have work.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    watch::run().await
}
