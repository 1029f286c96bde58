//! The Lambda function that does chores: long work, step by step.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    chores::run().await
}
