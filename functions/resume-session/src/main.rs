//! The Lambda function behind `POST /sessions/{id}/resume`.

use resume_session::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

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
        views: stack.env.session_views(),
    };
    stack.env.check()?;
    serve_api(|request| resume_session::handle(&deps, request)).await
}
