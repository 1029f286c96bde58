//! The Lambda function behind the `$default` route.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    not_found::run().await
}
