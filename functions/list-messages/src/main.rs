//! The Lambda function behind `GET /messages`.

use list_messages::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        sessions: stack.sessions()?,
        messages: stack.messages(),
        campaigns: stack.campaigns(),
        bookmarks: stack.limits(),
        keyring: stack.keyring()?,
        clock: SystemClock,
    };
    stack.env.check()?;
    serve_api(|request| list_messages::handle(&deps, request)).await
}
