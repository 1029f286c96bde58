//! The Lambda function behind `POST /api-keys`.

use create_api_key::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        accounts: stack.accounts(),
        keyring: stack.keyring()?,
        answers: stack.answers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
    };
    stack.env.check()?;
    serve_api(|request| create_api_key::handle(&deps, request)).await
}
