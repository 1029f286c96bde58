//! The Lambda function behind `DELETE /sessions/{id}`.

use delete_session::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        sessions: stack.sessions()?,
        deletions: stack.deletions(),
        lines: stack.messages(),
        campaigns: stack.campaigns(),
        timer: stack.timer(),
        clock: SystemClock,
    };
    stack.env.check()?;
    serve_api(|request| delete_session::handle(&deps, request)).await
}
