//! The Lambda function that moves scheduled messages' wake-ups into the timer, each minute.

use promote::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_schedule};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps { due: stack.due(), timer: stack.timer(), clock: SystemClock };
    stack.env.check()?;
    serve_schedule(|deadline| promote::handle(&deps, deadline)).await
}
