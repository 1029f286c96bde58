//! The Lambda function behind `GET /api/v1/auth/google/callback`.

use login_callback::{Deps, Settings};
use shared::adapters::{SystemClock, SystemEntropy};
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.public_front(),
        provider: stack.open_id_provider()?,
        accounts: stack.accounts(),
        used: stack.limits(),
        keyring: stack.keyring()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        callback: stack.callback(),
        settings: Settings { email_domains: stack.env.email_domains(), app_url: stack.env.app_url() },
    };
    stack.env.check()?;
    serve_api(|request| login_callback::handle(&deps, request)).await
}
