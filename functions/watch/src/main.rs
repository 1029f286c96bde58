//! The Lambda function that notes which sessions have work.

use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_stream};
use watch::{Deps, Noted};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps { watched: stack.watched(), clock: SystemClock, noted: Noted::default() };
    stack.env.check()?;
    serve_stream(|changes| watch::handle(&deps, changes.iter().map(Into::into).collect())).await
}
