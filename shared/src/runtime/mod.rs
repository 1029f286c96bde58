//! The Lambda runtime around the handlers.

mod api;
mod queue;
mod schedule;
mod stack;
mod stream;
mod world;

pub use api::{serve_api, serve_once, serve_once_ahead, serve_public, serve_requests};
pub use lambda_runtime::Error;
pub use queue::serve_queue;
pub use schedule::serve_schedule;
pub use stack::Stack;
pub use stream::serve_stream;

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

/// Serves direct invocations with a JSON payload.
pub async fn serve_invocations<F, R>(stack: &Stack, handler: F) -> Result<(), Error>
where
    F: Fn(Value) -> R,
    R: Future<Output = Value>,
{
    stack.env.check()?;
    let handler = &handler;
    let service =
        move |event: LambdaEvent<Value>| async move { Ok::<_, Error>(handler(event.payload).await) };
    lambda_runtime::run(service_fn(service)).await
}
