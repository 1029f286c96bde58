//! Moves wake-ups that fall due soon from the table `due` into the timer, with the exact delay.
//!
//! There is no checkpoint: a wake-up is in the table until its timer item was sent, and the earliest comes first. What
//! earlier runs have missed is simply still there. Two runs side by side, or one that dies half-way, send a timer item twice at
//! worst, and a ticket too many does no harm.

use domain::sending::timer::TimerItem;
use domain::sending::wake_up::{WakeUp, Way, promoted_until};
use domain::tuning::{DUE_SHARDS, PROMOTE_AT_ONCE, PROMOTE_PAGE, SCHEDULE_MARGIN_MS};
use domain::values::time::Timestamp;
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;
use shared::deps;
use shared::ports::{Clock, PortError, ReadWakeUps, RemoveWakeUps, SendLater};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_schedule};

deps! {
    Promoting {
        due: Due: ReadWakeUps + RemoveWakeUps,
        timer: Timer: SendLater,
        clock: Clock: Clock,
    }
}

/// What a run, or a part of it, came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Promoted {
    /// Wake-ups that are in the timer now.
    pub moved: usize,
    /// Those of them that should have been in their queue before.
    pub late: usize,
    /// By how much the latest of them is late, in milliseconds.
    pub latest_ms: i64,
}

impl Promoted {
    fn and(self, other: Self) -> Self {
        Self {
            moved: self.moved + other.moved,
            late: self.late + other.late,
            latest_ms: self.latest_ms.max(other.latest_ms),
        }
    }
}

/// Moves what falls due soon, the earliest first, until all is moved or the time is nearly up.
///
/// # Errors
/// When a part of the table could not be emptied. What was moved is moved; the next run does the rest.
pub async fn handle<W: Promoting>(deps: &Deps<W>, deadline: Timestamp) -> Result<Promoted, PortError> {
    let shards = join_all((0..DUE_SHARDS).map(|shard| promote(deps, shard, deadline))).await;
    let done = shards.iter().flatten().fold(Promoted::default(), |sum, part| sum.and(*part));
    if done.late > 0 {
        tracing::warn!(
            moved = done.moved,
            late = done.late,
            latest_ms = done.latest_ms,
            "promoted what was late"
        );
    } else if done.moved > 0 {
        tracing::info!(moved = done.moved, "promoted what falls due soon");
    }
    match shards.into_iter().find_map(Result::err) {
        Some(error) => Err(error),
        None => Ok(done),
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_schedule(&stack, |deadline| handle(&deps, deadline)).await
}

/// Moves what falls due soon of one shard.
async fn promote<W: Promoting>(
    deps: &Deps<W>,
    shard: u8,
    deadline: Timestamp,
) -> Result<Promoted, PortError> {
    let mut done = Promoted::default();
    while deps.clock.now().plus_millis(SCHEDULE_MARGIN_MS) < deadline {
        let page = deps.due.due_before(shard, promoted_until(deps.clock.now()), PROMOTE_PAGE).await?;
        for some in page.chunks(PROMOTE_AT_ONCE) {
            let moved = try_join_all(some.iter().map(|wake_up| move_on(deps, wake_up))).await?;
            done = moved.into_iter().fold(done, Promoted::and);
        }
        if page.len() < PROMOTE_PAGE {
            break;
        }
    }
    Ok(done)
}

/// Moves one: first into the timer, then out of the table.
async fn move_on<W: Promoting>(deps: &Deps<W>, wake_up: &WakeUp) -> Result<Promoted, PortError> {
    let now = deps.clock.now();
    let seconds = match wake_up.way(now) {
        Way::Queue => 0,
        Way::Timer(seconds) => seconds,
        // Too early: only a clock that was set back meanwhile can say so. The next run looks again.
        Way::Row => return Ok(Promoted::default()),
    };
    deps.timer.send_later(&TimerItem::Ticket(wake_up.waiting_ticket()), seconds).await?;
    deps.due.remove(wake_up).await?;
    let late_ms = now.millis_since(wake_up.due).max(0);
    Ok(Promoted { moved: 1, late: usize::from(late_ms > 0), latest_ms: late_ms })
}
