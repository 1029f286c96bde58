//! Runs of a schedule.

use std::future::Future;

use domain::values::time::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::IgnoredAny;

use super::Stack;
use crate::ports::PortError;

/// Serves the runs of a schedule, each until its deadline. What they return is for a person who invokes the function by hand;
/// an error fails the run, which its alarm counts.
pub async fn serve_schedule<F, R, T>(stack: &Stack, handler: F) -> Result<(), Error>
where
    F: Fn(Timestamp) -> R,
    R: Future<Output = Result<T, PortError>>,
    T: Serialize,
{
    stack.env.check()?;
    let handler = &handler;
    let service = move |event: LambdaEvent<IgnoredAny>| async move {
        let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        handler(Timestamp::from_millis(deadline)).await.map_err(|error| {
            tracing::error!(%error, "a run failed; the next one tries again");
            Error::from(error)
        })
    };
    lambda_runtime::run(service_fn(service)).await
}
