//! One session, served once: at most one message is sent, and what is left of the ticket's line is told.

use domain::message::pending::PendingKey;
use domain::sending::allowance::Standing;
use domain::sending::pacer::Gate;
use domain::sending::pacing::Pacing;
use domain::sending::survey::{Pick, Survey};
use domain::sending::ticket::{Allowed, Ticket};
use domain::sending::timer::TimerItem;
use domain::session::SessionState;
use domain::tuning::{
    DELETION_OVERDUE_MS, DELETION_WAIT_MS, INLINE_WAIT_MAX_MS, PROVIDER_TIMEOUT_MS, RECORD_MARGIN_MS,
    TURN_SETUP_MS,
};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use futures_util::future::join;
use shared::ports::{Clock, PortError, ReadSessions, SendLater};

use crate::recovery::recover;
use crate::survey::{campaign_of, head, pick, survey};
use crate::turn::{Turn, take_turn};
use crate::{Deps, Dispatching};

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
pub(crate) async fn serve<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    deadline: Timestamp,
) -> Result<Left, PortError> {
    for number in 0..ROUNDS_MAX {
        let Some(state) = deps.sessions.load(ticket.session_id).await? else {
            return of_deleted(deps, ticket, None).await;
        };
        match round(deps, ticket, &state, deadline, number > 0).await? {
            Round::Over(left) => return Ok(left),
            Round::Again => {}
        }
    }
    left_until(deps, ticket, Allowed::AfterGap(deps.clock.now())).await
}

async fn round<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    state: &SessionState,
    deadline: Timestamp,
    is_again: bool,
) -> Result<Round, PortError> {
    let now = deps.clock.now();
    match state.pacer.gate(now) {
        Gate::Abandoned(lease) => {
            recover(deps, state, lease).await?;
            Ok(Round::Again)
        }
        Gate::Leased => {
            let mut waiting = Survey::default();
            let head = head(deps, ticket.session_id, &mut waiting, ticket.priority);
            let (head, gap_ms) = join(head, smallest_gap_ms(deps, state)).await;
            let allowed = Allowed::AfterGap(now.plus_millis(gap_ms?));
            Ok(Round::Over(Left { head: head?, allowed }))
        }
        // What a worker had in hand has ended, or goes back in line and ends there.
        Gate::Held(_) | Gate::Free if state.deleted_at.is_some() => {
            of_deleted(deps, ticket, state.deleted_at).await.map(Round::Over)
        }
        Gate::Held(until) => left_until(deps, ticket, Allowed::AfterHold(until)).await.map(Round::Over),
        Gate::Free => free(deps, ticket, state, deadline, is_again).await,
    }
}

async fn free<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    state: &SessionState,
    deadline: Timestamp,
    is_again: bool,
) -> Result<Round, PortError> {
    let mut waiting = survey(deps, state).await?;
    let mut best = pick(deps, state, &mut waiting).await?;
    if let Pick::Wait(at) = best
        && sleep_out(deps, ticket, &mut waiting, at, deadline, is_again).await?
    {
        // What has changed meanwhile, the lease and the look after it will show.
        best = pick(deps, state, &mut waiting).await?;
    }
    match best {
        Pick::Send(key) => {
            if !time_for_a_turn(deps.clock.now(), deadline) {
                let soon = Allowed::AfterGap(deps.clock.now());
                return left(deps, ticket, &mut waiting, soon).await.map(Round::Over);
            }
            match take_turn(deps, state, key, deadline).await? {
                Turn::Over { mut waiting, pacer } => {
                    let after = Standing { pacer: &pacer, ..state.standing() };
                    left_by(deps, ticket, &mut waiting, &after).await.map(Round::Over)
                }
                Turn::Lost => Ok(Round::Again),
            }
        }
        Pick::Wait(_) | Pick::Nothing | Pick::Look(_) => {
            left_by(deps, ticket, &mut waiting, &state.standing()).await.map(Round::Over)
        }
    }
}

/// Sleeps until `at`, if that is soon and there is work for the ticket; whether it did.
///
/// Who has leased the session in vain may have sent others' tickets away, and does their work, too.
async fn sleep_out<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    waiting: &mut Survey,
    at: Timestamp,
    deadline: Timestamp,
    is_again: bool,
) -> Result<bool, PortError> {
    let clock = &deps.clock;
    let wait_ms = at.millis_since(clock.now());
    if wait_ms > INLINE_WAIT_MAX_MS || !time_for_a_turn(at, deadline) {
        return Ok(false);
    }
    if !is_again && head(deps, ticket.session_id, waiting, ticket.priority).await?.is_none() {
        return Ok(false);
    }
    clock.sleep(wait_ms.max(1)).await;
    Ok(true)
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

/// Whether a turn that starts at `start` ends before the invocation does.
fn time_for_a_turn(start: Timestamp, deadline: Timestamp) -> bool {
    start.plus_millis(TURN_SETUP_MS + PROVIDER_TIMEOUT_MS + RECORD_MARGIN_MS) <= deadline
}

async fn left<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    waiting: &mut Survey,
    allowed: Allowed,
) -> Result<Left, PortError> {
    Ok(Left { head: head(deps, ticket.session_id, waiting, ticket.priority).await?, allowed })
}

/// What is left, and when it may go as things stand.
async fn left_by<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    waiting: &mut Survey,
    standing: &Standing<'_>,
) -> Result<Left, PortError> {
    let head = head(deps, ticket.session_id, waiting, ticket.priority).await?;
    let now = deps.clock.now();
    // What is kept back in front of something that is scheduled for later has no wake-up but this ticket.
    if let (Some(kept), Some(closed)) =
        (waiting.first_kept_back(ticket.priority), standing.new_contacts_closed(now))
        && head.is_none_or(|head| head.due > closed.until)
    {
        let others = allowed(waiting, standing, ticket.priority, now);
        return Ok(Left { head: Some(kept), allowed: others.held_until(closed.until) });
    }
    Ok(Left { head, allowed: allowed(waiting, standing, ticket.priority, now) })
}

/// When a line may go on, and what keeps it until then. All that is no gap is waited for in the timer.
fn allowed(waiting: &Survey, standing: &Standing<'_>, line: Priority, now: Timestamp) -> Allowed {
    let kept_back = waiting.keeps_back(line).then(|| standing.new_contacts_closed(now)).flatten();
    let hold = standing.pacer.release.hold.as_ref().map(|hold| hold.until).filter(|until| now < *until);
    let closed = standing.closed(line, now).into_iter().chain(kept_back).map(|closed| closed.until);
    match closed.chain(hold).max() {
        Some(until) => Allowed::AfterHold(until),
        None => Allowed::AfterGap(standing.pacer.gap_ends(line)),
    }
}

/// What is left when the session was not looked at in this round.
async fn left_until<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    allowed: Allowed,
) -> Result<Left, PortError> {
    left(deps, ticket, &mut Survey::default(), allowed).await
}

/// Of a deleted session nothing is sent. Its deletion cancels what waits, and the ticket lives until that is so.
///
/// What was stored after the session had gone (by a function that has read it before, or by a late copy of a write), and
/// what a deletion has left behind that should long be over, is cleared once more.
async fn of_deleted<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    deleted_at: Option<Timestamp>,
) -> Result<Left, PortError> {
    let now = deps.clock.now();
    let left = left_until(deps, ticket, Allowed::AfterHold(now.plus_millis(DELETION_WAIT_MS))).await?;
    let is_overdue = deleted_at.is_none_or(|at| now.millis_since(at) >= DELETION_OVERDUE_MS);
    if is_overdue && left.head.is_some() {
        deps.timer.send_later(&TimerItem::clear_session(ticket.session_id), 0).await?;
    }
    Ok(left)
}
