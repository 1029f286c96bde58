//! The Lambda function that gives sessions that stand still a fresh ticket, each few minutes.

use shared::adapters::{SystemClock, SystemEntropy};
use shared::runtime::{Error, Stack, serve_schedule};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = sweep::Deps {
        watched: stack.watched(),
        pacers: stack.pacers(),
        lines: stack.messages(),
        tickets: stack.tickets(),
        due: stack.due(),
        clock: SystemClock,
        entropy: SystemEntropy,
    };
    stack.env.check()?;
    serve_schedule(|deadline| sweep::handle(&deps, deadline)).await
}
