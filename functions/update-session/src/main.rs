//! The Lambda function behind `PATCH /sessions/{id}`.

use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};
use update_session::Deps;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        sessions: stack.sessions()?,
        lines: stack.messages(),
        tickets: stack.tickets(),
        clock: SystemClock,
        entropy: SystemEntropy,
        rules: stack.env.session_rules(),
        views: stack.env.session_views(),
    };
    stack.env.check()?;
    serve_api(|request| update_session::handle(&deps, request)).await
}
