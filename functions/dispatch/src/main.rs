//! The Lambda function that consumes the three FIFO queues.

use dispatch::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::runtime::{Error, Stack, serve_queue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        messages: stack.messages(),
        sessions: stack.sessions()?,
        campaigns: stack.campaigns(),
        contacts: stack.contacts(),
        tickets: stack.tickets(),
        timer: stack.timer(),
        due: stack.due(),
        provider: stack.providers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        default_pacing: stack.env.default_pacing(),
    };
    stack.env.check()?;
    serve_queue(|batch, deadline| dispatch::handle(&deps, batch, deadline)).await
}
