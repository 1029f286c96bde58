//! Step 1: session and pacer, read strongly; and what a session that is deleted comes to.

use domain::chores::Chore;
use domain::sending::ticket::{Allowed, Ticket};
use domain::session::SessionState;
use domain::tuning::{DELETION_OVERDUE_MS, DELETION_WAIT_MS};
use domain::values::time::Timestamp;
use shared::ports::{BeginChores, Clock, PortError, ReadSessions};

use crate::round::{Round, Stop};
use crate::ticket::{Remaining, remaining_until};
use crate::{Deps, Dispatching};

/// Reads the session and its pacer.
pub(crate) async fn load<W: Dispatching>(deps: &Deps<W>, round: &Round<'_>) -> Result<SessionState, Stop> {
    match deps.sessions.load(round.ticket.session_id).await? {
        Some(state) => Ok(state),
        None => Err(Stop::Ticket(remaining_of_deleted(deps, round.ticket, None).await?)),
    }
}

/// The first multiple of so many milliseconds that is not before `at`.
const fn next_multiple(at: Timestamp, of_ms: i64) -> Timestamp {
    at.plus_millis((of_ms - at.as_millis().rem_euclid(of_ms)) % of_ms)
}

/// Of a deleted session nothing is sent. Its deletion cancels what waits, and the ticket lives until that is so.
///
/// What was stored after the session had gone (by a function that has read it before, or by a late copy of a write), and
/// what a deletion has left behind that should long be over, is cleared once more.
pub(crate) async fn remaining_of_deleted<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    deleted_at: Option<Timestamp>,
) -> Result<Remaining, PortError> {
    let now = deps.clock.now();
    // The same instant for all its tickets, which are merged by that.
    let until = next_multiple(now.plus_millis(DELETION_WAIT_MS), DELETION_WAIT_MS);
    let remaining = remaining_until(deps, ticket, Allowed::AfterHold(until)).await?;
    let is_overdue = deleted_at.is_none_or(|at| now.millis_since(at) >= DELETION_OVERDUE_MS);
    if is_overdue && remaining.head.is_some() {
        // Due now, and not sent: the sweep does that within minutes.
        deps.chores.begin(&Chore::clear_session(ticket.session_id), now).await?;
    }
    Ok(remaining)
}
