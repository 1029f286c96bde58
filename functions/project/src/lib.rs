//! The consumer of the messages' stream: keeps statistics, conversations and campaigns' progress.
//!
//! Exactly once, even if changes are delivered again: see [`domain::reading::projection`]. A batch that fails comes again as
//! a whole; what it had counted already is left out then.

use futures_util::StreamExt;
use shared::deps;
use std::pin::pin;

use domain::reading::projection::{Change, Counter, Step, beyond, steps};
use domain::values::time::Timestamp;
use futures_util::stream::iter;
use shared::ports::{Clock, CountChanges, Counted, PortError};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_stream};

/// How many counters are written at the same time.
const AT_ONCE: usize = 20;
/// How often a count is tried again when somebody else has counted meanwhile. One other run at a time can, and each time
/// the counter has gone on.
const ROUNDS_MAX: usize = 10;

deps! {
    Counting {
        counters: Counters: CountChanges,
        clock: Clock: Clock,
    }
}

/// Counts a batch of changes. After an error the whole batch must come again.
pub async fn handle<W: Counting>(deps: &Deps<W>, changes: &[Change]) -> Result<(), PortError> {
    let now = deps.clock.now();
    let steps = steps(changes, now);
    let counted = steps.iter().map(|(counter, steps)| count(&deps.counters, counter, steps, now));
    let mut counted = pin!(iter(counted).buffer_unordered(AT_ONCE));
    let mut failed = None;
    while let Some(result) = counted.next().await {
        failed = failed.or(result.err());
    }
    failed.map_or(Ok(()), Err)
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = &Deps::of(&stack)?;
    serve_stream(&stack, |changes| async move { handle(deps, &changes).await }).await
}

/// Counts what is new to a counter.
async fn count(
    counters: &impl CountChanges,
    counter: &Counter,
    steps: &[Step],
    now: Timestamp,
) -> Result<(), PortError> {
    let mut through = None;
    for _ in 0..ROUNDS_MAX {
        let Some(delta) = beyond(steps, through.as_ref()) else { return Ok(()) };
        match counters.add(counter, &delta, now).await? {
            Counted::Yes => return Ok(()),
            Counted::Already(further) => through = Some(further),
        }
    }
    Err(PortError::new("counters.add", "somebody else counts the same"))
}
