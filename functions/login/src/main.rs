//! The Lambda function behind `GET /api/v1/auth/google`.

use login::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.public_front(),
        provider: stack.open_id_provider()?,
        keyring: stack.keyring()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        callback: stack.callback(),
    };
    stack.env.check()?;
    serve_api(|request| login::handle(&deps, request)).await
}
