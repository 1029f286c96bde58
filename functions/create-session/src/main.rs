//! The Lambda function behind `POST /sessions`.

use create_session::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        sessions: stack.sessions()?,
        keyring: stack.keyring()?,
        answers: stack.answers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        rules: stack.env.session_rules(),
        views: stack.env.session_views(),
    };
    stack.env.check()?;
    serve_api(|request| create_session::handle(&deps, request)).await
}
