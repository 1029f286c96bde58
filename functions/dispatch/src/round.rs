//! One round: a worker goes over a session once, and sends at most one message.

use domain::sending::ticket::{Allowed, Ticket};
use domain::values::time::Timestamp;
use shared::ports::{Clock, PortError};

use crate::call::call;
use crate::claim::claim;
use crate::gate::pass_gate;
use crate::inspect::inspect;
use crate::lease::lease;
use crate::load::load;
use crate::record::record;
use crate::release::release;
use crate::survey::survey;
use crate::ticket::{Remaining, Tickets, remaining_after, remaining_until, settle};
use crate::{Deps, Dispatching};

/// How often a worker starts over (after a lost race, a recovery, a short wait) before it hands the ticket back.
const ROUNDS_MAX: usize = 6;

/// One pass of a worker over a session.
pub(crate) struct Round<'a> {
    /// Whose session is served.
    pub(crate) ticket: &'a Ticket,
    /// When the invocation ends.
    pub(crate) deadline: Timestamp,
    /// Whether the worker has started over.
    pub(crate) is_again: bool,
}

/// Why a round ends before its last step.
pub(crate) enum Stop {
    /// Something has changed meanwhile: start over.
    Again,
    /// Nothing can be sent now: go to the ticket, for which this remains.
    Ticket(Remaining),
    /// A table or a queue failed.
    Failed(PortError),
}

impl From<PortError> for Stop {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

/// Serves the session of these tickets; the ids of those that stay in their queue.
pub(crate) async fn serve<W: Dispatching>(
    deps: &Deps<W>,
    tickets: &Tickets,
    deadline: Timestamp,
) -> Result<Vec<String>, PortError> {
    let ticket = &tickets.ticket;
    for number in 0..ROUNDS_MAX {
        let round = Round { ticket, deadline, is_again: number > 0 };
        match send_best(deps, &round).await {
            Ok(remaining) => return settle(deps, tickets, remaining, true).await,
            Err(Stop::Ticket(remaining)) => return settle(deps, tickets, remaining, false).await,
            Err(Stop::Again) => {}
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    let remaining = remaining_until(deps, ticket, Allowed::AfterGap(deps.clock.now())).await?;
    settle(deps, tickets, remaining, false).await
}

/// Sends the session's best message, whatever ticket woke it, and tells what remains for the ticket.
///
/// Its lines are the rows of the table in `docs/DISPATCH.md`, and bear their numbers. There it is written what is true when
/// the process dies after any of them. A step that cannot go on ends the round with a [`Stop`].
async fn send_best<W: Dispatching>(deps: &Deps<W>, round: &Round<'_>) -> Result<Remaining, Stop> {
    let state = load(deps, round).await?; // 1
    pass_gate(deps, round, &state).await?; // 2
    let best = survey(deps, round, &state).await?; // 3
    let leased = lease(deps, round, &state, best).await?; // 4
    let mut choice = inspect(deps, round, &leased, best).await?; // 5
    let message = claim(deps, &leased, &choice).await?; // 6
    let call = call(deps, &leased, &message).await?; // 7
    record(deps, &leased, &message, &call, &mut choice).await?; // 8
    let release = release(deps, &leased, &message, &call, &choice).await?; // 8
    Ok(remaining_after(deps, round, &state, &mut choice.inspection.survey, &release).await?) // 9
}
