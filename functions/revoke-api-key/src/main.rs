//! The Lambda function behind `DELETE /api-keys/{id}`.

use revoke_api_key::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps { front: stack.front(LimitKind::Other)?, accounts: stack.accounts(), clock: SystemClock };
    stack.env.check()?;
    serve_api(|request| revoke_api_key::handle(&deps, request)).await
}
