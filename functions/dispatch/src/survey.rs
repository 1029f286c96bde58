//! Step 3: what waits, and what of it is to be sent.

use domain::message::pending::PendingKey;
use domain::sending::survey::{Pick, Survey};
use domain::sending::ticket::Allowed;
use domain::session::SessionState;
use domain::tuning::{INLINE_WAIT_MAX_MS, PROVIDER_TIMEOUT_MS, RECORD_MARGIN_MS, SEND_SETUP_MS};
use domain::values::time::Timestamp;
use shared::ports::{Clock, PortError};

use crate::line::{first_page, head, pick};
use crate::round::{Round, Stop};
use crate::ticket::{remaining, remaining_by};
use crate::{Deps, Dispatching};

/// The place of the best message, if one may be sent now, or so soon that it is slept until then.
pub(crate) async fn survey<W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    state: &SessionState,
) -> Result<PendingKey, Stop> {
    let mut waiting = first_page(deps, state).await?;
    let mut best = pick(deps, state, &mut waiting).await?;
    if let Pick::Wait(at) = best
        && sleep_out(deps, round, &mut waiting, at).await?
    {
        // What has changed meanwhile, the lease and the look after it will show.
        best = pick(deps, state, &mut waiting).await?;
    }
    let Pick::Send(best) = best else {
        let remaining = remaining_by(deps, round.ticket, &mut waiting, &state.standing()).await?;
        return Err(Stop::Ticket(remaining));
    };
    if !leaves_time_to_send(deps.clock.now(), round.deadline) {
        let soon = Allowed::AfterGap(deps.clock.now());
        return Err(Stop::Ticket(remaining(deps, round.ticket, &mut waiting, soon).await?));
    }
    Ok(best)
}

/// Sleeps until `at`, if that is soon and there is work for the ticket; whether it did.
///
/// Who has leased the session in vain may have sent others' tickets away, and does their work, too.
async fn sleep_out<W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    waiting: &mut Survey,
    at: Timestamp,
) -> Result<bool, PortError> {
    let (clock, ticket) = (&deps.clock, round.ticket);
    let wait_ms = at.millis_since(clock.now());
    if wait_ms > INLINE_WAIT_MAX_MS || !leaves_time_to_send(at, round.deadline) {
        return Ok(false);
    }
    if !round.is_again && head(deps, ticket.session_id, waiting, ticket.priority).await?.is_none() {
        return Ok(false);
    }
    clock.sleep(wait_ms.max(1)).await;
    Ok(true)
}

/// Whether a send that starts at `start` (lease, call and record) ends before the invocation does.
fn leaves_time_to_send(start: Timestamp, deadline: Timestamp) -> bool {
    start.plus_millis(SEND_SETUP_MS + PROVIDER_TIMEOUT_MS + RECORD_MARGIN_MS) <= deadline
}
