//! Step 2: whether the session may be leased now.

use domain::sending::pacer::Gate;
use domain::sending::pacing::Pacing;
use domain::sending::survey::Survey;
use domain::sending::ticket::{Allowed, Ticket};
use domain::session::SessionState;
use domain::values::time::Timestamp;
use futures_util::future::join;
use shared::ports::{Clock, PortError};

use crate::campaign::campaign_of;
use crate::line::head;
use crate::load::remaining_of_deleted;
use crate::recovery::recover;
use crate::round::{Round, Stop};
use crate::ticket::{Remaining, remaining_until};
use crate::{Deps, Dispatching};

/// Lets a session pass that is free. An abandoned lease is recovered; leased by another or held, the ticket waits.
pub(crate) async fn pass_gate<W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    state: &SessionState,
) -> Result<(), Stop> {
    let (ticket, now) = (round.ticket, deps.clock.now());
    let remaining = match state.pacer.gate(now) {
        Gate::Abandoned(lease) => {
            recover(deps, state, lease).await?;
            return Err(Stop::Again);
        }
        Gate::Leased => remaining_beside_another(deps, ticket, state, now).await?,
        // What a worker had in hand has ended, or goes back in line and ends there.
        Gate::Held(_) | Gate::Free if state.deleted_at.is_some() => {
            remaining_of_deleted(deps, ticket, state.deleted_at).await?
        }
        Gate::Held(until) => remaining_until(deps, ticket, Allowed::AfterHold(until)).await?,
        Gate::Free => return Ok(()),
    };
    Err(Stop::Ticket(remaining))
}

/// What remains while another worker is sending.
async fn remaining_beside_another<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    state: &SessionState,
    now: Timestamp,
) -> Result<Remaining, PortError> {
    let mut waiting = Survey::default();
    let head = head(deps, ticket.session_id, &mut waiting, ticket.priority);
    let (head, gap_ms) = join(head, smallest_gap_ms(deps, state)).await;
    let allowed = Allowed::AfterGap(now.plus_millis(gap_ms?));
    Ok(Remaining { head: head?, allowed })
}

/// What comes at least after the send in progress, so that nobody is kept waiting by being told to wait for it: the
/// smallest gap of the session, or of the campaign that is being sent.
async fn smallest_gap_ms<W: Dispatching>(deps: &Deps<W>, state: &SessionState) -> Result<i64, PortError> {
    let of_session = deps.pacing(&state.session).min_gap_ms();
    let Some(lease) = state.pacer.lease else { return Ok(i64::from(of_session)) };
    let campaign = campaign_of(deps, state.session.account_id, lease.message_id).await?;
    let own = campaign.and_then(|campaign| campaign.pacing).map_or(of_session, Pacing::min_gap_ms);
    Ok(i64::from(own.min(of_session)))
}
