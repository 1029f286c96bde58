//! The Lambda function behind every path that there is not.

use not_found::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps { front: stack.public_front(), clock: SystemClock };
    stack.env.check()?;
    serve_api(|request| not_found::handle(&deps, request)).await
}
