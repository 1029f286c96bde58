//! Notes which sessions have work, out of the stream of the messages table.
//!
//! A session is noted when a message of it still waits at the end of a batch. A message that is sent at once is stored and
//! done with inside of one batch, and costs nothing. What is noted was noted at the end: when this fails, or dies, the whole
//! batch comes again, and noting twice does no harm.

use shared::deps;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::sending::watch::{Change, still_waiting};
use domain::tuning::{WATCH_AT_ONCE, WATCH_CACHE_MS};
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use serde::Serialize;
use shared::ports::{Clock, PortError, WatchSessions};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_stream};
#[cfg(feature = "lambda")]
use shared::world::Give;

deps! {
    Watching {
        watched: Watched: WatchSessions,
        clock: Clock: Clock;
        noted: Noted,
    }
}

/// The sessions that this process has noted lately and need not note again. All clones are the same.
///
/// A sweep forgets a session, or lets it rest, only if the session's note is older than every note that is remembered here.
#[derive(Clone, Debug, Default)]
pub struct Noted(Rc<RefCell<BTreeMap<SessionId, Timestamp>>>);

impl Noted {
    fn is_fresh(&self, session_id: SessionId, now: Timestamp) -> bool {
        let noted = self.0.borrow();
        // A clock that was set back must not make an old note fresh for long.
        noted.get(&session_id).is_some_and(|at| (0..WATCH_CACHE_MS).contains(&now.millis_since(*at)))
    }

    fn remember(&self, session_id: SessionId, now: Timestamp) {
        self.0.borrow_mut().insert(session_id, now);
    }

    fn drop_old(&self, now: Timestamp) {
        self.0.borrow_mut().retain(|_, at| now.millis_since(*at) < WATCH_CACHE_MS);
    }
}

#[cfg(feature = "lambda")]
impl Give<Noted> for Stack {
    fn give(&self) -> Result<Noted, Error> {
        Ok(Noted::default())
    }
}

/// The result of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// Sessions that were noted.
    pub noted: usize,
}

/// Notes the sessions of a batch that still have work.
///
/// # Errors
/// When one could not be noted: the batch must come again.
pub async fn handle<W: Watching>(deps: &Deps<W>, changes: Vec<Change>) -> Result<Watched, PortError> {
    deps.noted.drop_old(deps.clock.now());
    let waiting = still_waiting(&changes).into_iter();
    let fresh: Vec<SessionId> =
        waiting.filter(|session_id| !deps.noted.is_fresh(*session_id, deps.clock.now())).collect();
    for some in fresh.chunks(WATCH_AT_ONCE) {
        try_join_all(some.iter().map(|session_id| note(deps, *session_id))).await?;
    }
    Ok(Watched { noted: fresh.len() })
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_stream(&stack, |changes| handle(&deps, changes.iter().map(Into::into).collect())).await
}

async fn note<W: Watching>(deps: &Deps<W>, session_id: SessionId) -> Result<(), PortError> {
    let now = deps.clock.now();
    deps.watched.watch(session_id, now).await?;
    // Only now: what failed is noted again.
    deps.noted.remember(session_id, now);
    Ok(())
}
