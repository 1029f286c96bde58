//! The Lambda function behind `GET /api-keys`.

use list_api_keys::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps { front: stack.front(LimitKind::Other)?, accounts: stack.accounts(), clock: SystemClock };
    stack.env.check()?;
    serve_api(|request| list_api_keys::handle(&deps, request)).await
}
