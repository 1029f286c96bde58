//! The Lambda function behind `GET /sessions/{id}`.

use get_session::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        sessions: stack.sessions()?,
        clock: SystemClock,
        views: stack.env.session_views(),
    };
    stack.env.check()?;
    serve_api(|request| get_session::handle(&deps, request)).await
}
