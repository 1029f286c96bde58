//! The Lambda function that reads the stream of the messages' table.

use project::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_stream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = &Deps { counters: stack.counters(), clock: SystemClock };
    stack.env.check()?;
    serve_stream(|changes| async move { project::handle(deps, &changes).await }).await
}
