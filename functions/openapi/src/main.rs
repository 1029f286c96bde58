//! The Lambda function behind `GET /api/v1/openapi.json` and `GET /api/v1/docs`.

use openapi::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps { front: stack.public_front(), clock: SystemClock };
    stack.env.check()?;
    serve_api(|request| openapi::handle(&deps, request)).await
}
