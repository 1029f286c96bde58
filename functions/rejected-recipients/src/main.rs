//! The Lambda function behind `GET /campaigns/{id}/rejected`.

use rejected_recipients::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        campaigns: stack.campaigns(),
        files: stack.files(),
        clock: SystemClock,
    };
    stack.env.check()?;
    serve_api(|request| rejected_recipients::handle(&deps, request)).await
}
