//! The Lambda function behind `GET /openapi.json` and `GET /docs`.

use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    stack.env.check()?;
    serve_api(|request| async move { openapi::handle(&request) }).await
}
