//! The Lambda function behind every path that there is not.

use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    stack.env.check()?;
    serve_api(|request| async move { not_found::handle(&request) }).await
}
