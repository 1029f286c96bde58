//! The Lambda function that consumes the queue of ingestion.

use domain::message::Retention;
use ingest::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_queue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps {
        messages: stack.messages(),
        campaigns: stack.campaigns(),
        files: stack.files(),
        steps: stack.steps(),
        announcer: stack.announcer(),
        timer: stack.timer(),
        clock: SystemClock,
        retention: Retention::days(stack.env.value("MESSAGE_TTL_DAYS")),
    };
    stack.env.check()?;
    serve_queue(|batch, deadline| ingest::handle(&deps, batch, deadline)).await
}
