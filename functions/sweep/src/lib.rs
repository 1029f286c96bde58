//! Checks the sessions that have work, and sends a fresh ticket to those that stand still.
//!
//! A ticket that was lost (deleted by hand, given up after an outage, never promoted) leaves a session standing still with
//! rows that say what is to be done. A sweep finds these sessions in the table of watched sessions, looks at each strongly
//! consistent, and sends tickets where something could have gone for a while and has not. It may run at any time, twice or
//! side by side: a ticket too many does no harm.
//!
//! It also sends the steps of chores again that were lost.

mod chores;
mod still;

pub use chores::sweep as sweep_chores;

use domain::message::pending::PendingKey;
use domain::sending::sweep::{Look, Verdict, verdict};
use domain::tuning::{
    DUE_SHARDS, PROMOTE_LATE_MS, SCHEDULE_MARGIN_MS, WATCH_AT_ONCE, WATCH_PAGE, WATCH_SHARDS,
};
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use futures_util::future::{join_all, try_join};
use serde::Serialize;
use shared::deps;
use shared::lines::{self, heads};
use shared::ports::{
    Clock, Entropy, PortError, ReadCampaigns, ReadLines, ReadPacers, ReadWakeUps, SendChoreSteps,
    SendTickets, SweepChores, SweepSessions, WatchedSession,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_schedule};

deps! {
    Sweeping {
        watched: Watched: SweepSessions,
        pacers: Pacers: ReadPacers,
        lines: Messages: ReadLines,
        campaigns: Campaigns: ReadCampaigns,
        tickets: Tickets: SendTickets,
        due: Due: ReadWakeUps,
        chores: Chores: SweepChores,
        chore_steps: ChoreSteps: SendChoreSteps,
        clock: Clock: Clock,
        entropy: Entropy: Entropy,
    }
}

/// What a sweep came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Sessions that were looked at.
    pub looked_at: usize,
    /// Fresh tickets.
    pub tickets: usize,
    /// Sessions that are not watched any more.
    pub forgotten: usize,
    /// Looks that failed.
    pub failed: usize,
    /// How long the one that has waited longest has been seen standing still although it could send, in milliseconds.
    pub still_ms: i64,
}

impl Swept {
    fn and(self, other: Self) -> Self {
        Self {
            looked_at: self.looked_at + other.looked_at,
            tickets: self.tickets + other.tickets,
            forgotten: self.forgotten + other.forgotten,
            failed: self.failed + other.failed,
            still_ms: self.still_ms.max(other.still_ms),
        }
    }
}

/// Goes over the watched sessions once, or until the time is nearly up.
///
/// # Errors
/// After all that could be done was done: when something failed, or when `promote` is not at work.
pub async fn handle<W: Sweeping>(deps: &Deps<W>, deadline: Timestamp) -> Result<Swept, PortError> {
    let shards = join_all((0..WATCH_SHARDS).map(|shard| sweep_shard(deps, shard, deadline))).await;
    let chores = chores::sweep(deps).await;
    let done = shards.iter().flatten().fold(Swept::default(), |sum, part| sum.and(*part));
    tell(&done);
    if let Some(error) = shards.into_iter().find_map(Result::err) {
        return Err(error);
    }
    if done.failed > 0 {
        return Err(PortError::new("sweep", format!("{} sessions could not be looked at", done.failed)));
    }
    chores?;
    check_promote(deps).await?;
    Ok(done)
}

/// The second line is what the alarm `rows-overdue` is made of.
fn tell(done: &Swept) {
    let Swept { looked_at, tickets, forgotten, failed, still_ms } = *done;
    if looked_at > 0 {
        tracing::info!(looked_at, tickets, forgotten, failed, "swept the watched sessions");
    }
    if still_ms > 0 {
        tracing::warn!(still_ms, "sessions stand still although they could send");
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_schedule(&stack, |deadline| handle(&deps, deadline)).await
}

/// Goes over one shard.
async fn sweep_shard<W: Sweeping>(
    deps: &Deps<W>,
    shard: u8,
    deadline: Timestamp,
) -> Result<Swept, PortError> {
    let mut awake = awake(deps, shard, deadline).await?;
    // Begins elsewhere each time, so that a sweep without time for all does not always leave out the same ones.
    let turn = usize::try_from(deps.entropy.next_u64()).unwrap_or(0) % awake.len().max(1);
    awake.rotate_left(turn);
    let mut done = Swept::default();
    for some in awake.chunks(WATCH_AT_ONCE) {
        if is_nearly_over(deps, deadline) {
            break;
        }
        let looks = join_all(some.iter().map(|seen| sweep_session(deps, seen))).await;
        done = looks.into_iter().map(told).fold(done, Swept::and);
    }
    Ok(done)
}

fn is_nearly_over<W: Sweeping>(deps: &Deps<W>, deadline: Timestamp) -> bool {
    deps.clock.now().plus_millis(SCHEDULE_MARGIN_MS) >= deadline
}

/// The watched sessions of a shard that are not put aside; and those that are, but stand still although they could send.
async fn awake<W: Sweeping>(
    deps: &Deps<W>,
    shard: u8,
    deadline: Timestamp,
) -> Result<Vec<WatchedSession>, PortError> {
    let mut awake = Vec::new();
    let mut after = None;
    while !is_nearly_over(deps, deadline) {
        let now = deps.clock.now();
        let page = deps.watched.watched(shard, after, WATCH_PAGE).await?;
        after = page.sessions.last().map(|last| last.session_id);
        awake
            .extend(page.sessions.into_iter().filter(|seen| !rests(seen, now) || seen.still_since.is_some()));
        if page.is_all || after.is_none() {
            break;
        }
    }
    Ok(awake)
}

fn rests(seen: &WatchedSession, now: Timestamp) -> bool {
    seen.rests_until.is_some_and(|until| until > now)
}

/// A look that failed costs its own session a sweep, and no other.
fn told(look: Result<Swept, PortError>) -> Swept {
    look.unwrap_or_else(|error| {
        tracing::warn!(%error, "a watched session could not be looked at");
        Swept { looked_at: 1, failed: 1, ..Swept::default() }
    })
}

/// Looks at one session, and does what is to be done about it.
async fn sweep_session<W: Sweeping>(deps: &Deps<W>, seen: &WatchedSession) -> Result<Swept, PortError> {
    let session_id = seen.session_id;
    let (paced, heads) = try_join(deps.pacers.pacer(session_id), heads(&deps.lines, session_id)).await?;
    let look = Look { watched_at: seen.watched_at, paced, heads };
    let done = Swept { looked_at: 1, ..Swept::default() };
    match verdict(&look, deps.clock.now()) {
        Verdict::Forget => {
            let forgotten = deps.watched.forget(seen).await?;
            Ok(Swept { forgotten: usize::from(forgotten), ..done })
        }
        Verdict::Leave(rest) => {
            still::ended(deps, seen).await?;
            let_rest(deps, seen, rest).await?;
            Ok(done)
        }
        Verdict::Wake(stalled, rest) => {
            let still_ms = still::note(deps, seen, &look.paced, &stalled).await?;
            let tickets = wake_all(deps, seen, &stalled, rest).await?;
            Ok(Swept { tickets, still_ms, ..done })
        }
    }
}

/// Sends a fresh ticket for each line that stands still; none to a session that is put aside.
async fn wake_all<W: Sweeping>(
    deps: &Deps<W>,
    seen: &WatchedSession,
    stalled: &[PendingKey],
    rest: Option<Timestamp>,
) -> Result<usize, PortError> {
    if rests(seen, deps.clock.now()) {
        return Ok(0);
    }
    for head in stalled {
        wake(deps, seen.session_id, *head).await?;
    }
    // After the tickets: a session must not be put aside without one.
    let_rest(deps, seen, rest).await?;
    Ok(stalled.len())
}

async fn let_rest<W: Sweeping>(
    deps: &Deps<W>,
    seen: &WatchedSession,
    until: Option<Timestamp>,
) -> Result<(), PortError> {
    match until {
        Some(until) => deps.watched.rest(seen, until).await.map(drop),
        None => Ok(()),
    }
}

/// Sends a fresh ticket for a line that stands still.
async fn wake<W: Sweeping>(deps: &Deps<W>, session_id: SessionId, head: PendingKey) -> Result<(), PortError> {
    tracing::warn!(
        session_id = %session_id, message_id = %head.message_id, priority = %head.priority,
        overdue_ms = deps.clock.now().millis_since(head.due), "woke a session that stood still"
    );
    lines::wake(&deps.tickets, &deps.entropy, session_id, head).await
}

/// Fails when wake-ups are kept whose time is over: then `promote` is not at work. The sweep has woken their sessions by now,
/// or will; its own alarm tells of it.
async fn check_promote<W: Sweeping>(deps: &Deps<W>) -> Result<(), PortError> {
    let before = deps.clock.now().plus_millis(-PROMOTE_LATE_MS);
    for shard in 0..DUE_SHARDS {
        if let Some(late) = deps.due.due_before(shard, before, 1).await?.first() {
            let overdue_ms = deps.clock.now().millis_since(late.due);
            let cause = format!("a wake-up of {overdue_ms} ms ago is still kept: promote is not at work");
            return Err(PortError::new("sweep", cause));
        }
    }
    Ok(())
}
