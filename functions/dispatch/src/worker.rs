//! One session, served once: at most one message is sent, and what is left of the ticket's line is told.

use domain::limits::{INLINE_WAIT_MAX_MS, PROVIDER_TIMEOUT_MS, RECORD_MARGIN_MS, TURN_SETUP_MS};
use domain::pacer::Gate;
use domain::pacing::Pacing;
use domain::pending::PendingKey;
use domain::session::SessionState;
use domain::survey::{Pick, Survey};
use domain::ticket::{Allowed, Ticket};
use domain::time::Timestamp;
use futures_util::future::join;
use shared::ports::{Clock, LeaseSessions, PortError};

use crate::World;
use crate::recovery::recover;
use crate::survey::{campaign_of, head, pick, survey};
use crate::turn::{Turn, take_turn};

/// How often a worker starts over (after a lost race, a recovery, a short wait) before it hands the ticket back.
const ROUNDS_MAX: usize = 6;

/// What is left to do for a ticket.
#[derive(Debug)]
pub(crate) struct Left {
    /// The first of its line; `None` when nothing of its priority waits.
    pub(crate) head: Option<PendingKey>,
    /// When the session may go on.
    pub(crate) allowed: Allowed,
}

/// What one round came to.
enum Round {
    Over(Left),
    Again,
}

/// Serves the session of a ticket.
pub(crate) async fn serve<W: World>(
    world: &W,
    ticket: &Ticket,
    deadline: Timestamp,
) -> Result<Left, PortError> {
    for _ in 0..ROUNDS_MAX {
        let Some(state) = world.ports().sessions.load(ticket.session_id).await? else {
            tracing::error!(session_id = %ticket.session_id, "dropped a ticket of a session that is gone");
            return Ok(Left { head: None, allowed: Allowed::AfterGap(Timestamp::EPOCH) });
        };
        match round(world, ticket, &state, deadline).await? {
            Round::Over(left) => return Ok(left),
            Round::Again => {}
        }
    }
    left_until(world, ticket, Allowed::AfterGap(world.ports().clock.now())).await
}

async fn round<W: World>(
    world: &W,
    ticket: &Ticket,
    state: &SessionState,
    deadline: Timestamp,
) -> Result<Round, PortError> {
    let now = world.ports().clock.now();
    match state.pacer.gate(now) {
        Gate::Abandoned(lease) => {
            recover(world, state, lease).await?;
            Ok(Round::Again)
        }
        Gate::Leased => {
            let mut waiting = Survey::default();
            let head = head(world, ticket.session_id, &mut waiting, ticket.priority);
            let (head, gap_ms) = join(head, smallest_gap_ms(world, state)).await;
            let allowed = Allowed::AfterGap(now.plus_millis(gap_ms?));
            Ok(Round::Over(Left { head: head?, allowed }))
        }
        Gate::Held(until) => left_until(world, ticket, Allowed::AfterHold(until)).await.map(Round::Over),
        Gate::Free => free(world, ticket, state, deadline).await,
    }
}

async fn free<W: World>(
    world: &W,
    ticket: &Ticket,
    state: &SessionState,
    deadline: Timestamp,
) -> Result<Round, PortError> {
    let ports = world.ports();
    let session_id = ticket.session_id;
    let mut waiting = survey(world, session_id).await?;
    match pick(world, session_id, &mut waiting, &state.pacer).await? {
        Pick::Send(key) => {
            if !time_for_a_turn(ports.clock.now(), deadline) {
                let soon = Allowed::AfterGap(ports.clock.now());
                return left(world, ticket, &mut waiting, soon).await.map(Round::Over);
            }
            match take_turn(world, state, key, deadline).await? {
                Turn::Over { mut waiting, release } => {
                    left(world, ticket, &mut waiting, release.allows(ticket.priority)).await.map(Round::Over)
                }
                Turn::Lost => Ok(Round::Again),
            }
        }
        Pick::Wait(at) => {
            let allowed = Allowed::AfterGap(state.pacer.gap_ends(ticket.priority));
            let left = left(world, ticket, &mut waiting, allowed).await?;
            let wait = at.millis_since(ports.clock.now());
            if left.head.is_some() && wait <= INLINE_WAIT_MAX_MS && time_for_a_turn(at, deadline) {
                ports.clock.sleep(wait.max(1)).await;
                return Ok(Round::Again);
            }
            Ok(Round::Over(left))
        }
        Pick::Nothing | Pick::Look(_) => {
            Ok(Round::Over(Left { head: None, allowed: Allowed::AfterGap(Timestamp::EPOCH) }))
        }
    }
}

/// What comes at least after the send in progress, so that nobody is kept waiting by being told to wait for it: the
/// smallest gap of the session, or of the campaign that is being sent.
async fn smallest_gap_ms<W: World>(world: &W, state: &SessionState) -> Result<i64, PortError> {
    let of_session = world.pacing(&state.session).min_gap_ms();
    let Some(lease) = state.pacer.lease else { return Ok(i64::from(of_session)) };
    let campaign = campaign_of(world, state.session.account_id, lease.message_id).await?;
    let own = campaign.and_then(|campaign| campaign.pacing).map_or(of_session, Pacing::min_gap_ms);
    Ok(i64::from(own.min(of_session)))
}

/// Whether a turn that starts at `start` ends before the invocation does.
fn time_for_a_turn(start: Timestamp, deadline: Timestamp) -> bool {
    start.plus_millis(TURN_SETUP_MS + PROVIDER_TIMEOUT_MS + RECORD_MARGIN_MS) <= deadline
}

async fn left<W: World>(
    world: &W,
    ticket: &Ticket,
    waiting: &mut Survey,
    allowed: Allowed,
) -> Result<Left, PortError> {
    Ok(Left { head: head(world, ticket.session_id, waiting, ticket.priority).await?, allowed })
}

/// What is left when the session was not looked at in this round.
async fn left_until<W: World>(world: &W, ticket: &Ticket, allowed: Allowed) -> Result<Left, PortError> {
    left(world, ticket, &mut Survey::default(), allowed).await
}
