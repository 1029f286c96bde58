//! The Lambda function behind `GET /messages/stats`.

use message_stats::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps =
        Deps { front: stack.front(LimitKind::Other)?, statistics: stack.statistics(), clock: SystemClock };
    stack.env.check()?;
    serve_api(|request| message_stats::handle(&deps, request)).await
}
