//! The Lambda function that carries out the operator's commands.

use operator::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::runtime::{Error, Stack, serve_invocations};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = &Deps {
        accounts: stack.accounts(),
        sessions: stack.sessions()?,
        messages: stack.messages(),
        counters: stack.recount(),
        keyring: stack.keyring()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        rules: stack.env.session_rules(),
    };
    stack.env.check()?;
    serve_invocations(|payload| async move { operator::handle(deps, &payload).await }).await
}
