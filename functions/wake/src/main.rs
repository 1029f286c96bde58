//! The Lambda function that consumes the timer queue.

use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_queue};
use wake::Deps;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps {
        tickets: stack.tickets(),
        timer: stack.timer(),
        messages: stack.messages(),
        campaigns: stack.campaigns(),
        deletions: stack.deletions(),
        clock: SystemClock,
    };
    stack.env.check()?;
    serve_queue(|batch, _deadline| wake::handle(&deps, batch)).await
}
