//! The Lambda function that carries out the operator's commands.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    operator::run().await
}
