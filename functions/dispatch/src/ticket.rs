//! Step 9: what remains for a ticket, and what becomes of it.

use std::cmp::Reverse;

use domain::message::pending::PendingKey;
use domain::sending::allowance::Standing;
use domain::sending::pacer::Release;
use domain::sending::survey::Survey;
use domain::sending::ticket::{Allowed, Fate, Ticket, fate};
use domain::sending::timer::TimerItem;
use domain::sending::wake_up::WakeUp;
use domain::session::SessionState;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::ports::{
    Clock, DeleteTickets, HideTickets, KeepWakeUps, PortError, Receipt, Received, SendLater,
};

use crate::line::head;
use crate::round::Round;
use crate::{Deps, Dispatching};

/// The tickets of one session and priority in a batch; there is at least one.
pub(crate) struct Tickets {
    /// The first one, which stands for the others: of those that wait for an instant, the one with the latest.
    pub(crate) ticket: Ticket,
    /// The tickets as they were received, the first one in front.
    pub(crate) received: Vec<Received>,
    /// Whether there is no other session in the batch.
    is_alone: bool,
}

impl Tickets {
    /// The tickets of one session and priority, in the order of the queue.
    pub(crate) fn of(mut tickets: Vec<(Ticket, Received)>, is_alone: bool) -> Option<Self> {
        // What another ticket waits for, the one that lives on must outlive, too.
        tickets.sort_by_key(|(ticket, _)| Reverse(ticket.at));
        let ticket = tickets.first()?.0;
        let received = tickets.into_iter().map(|(_, received)| received).collect();
        Some(Self { ticket, received, is_alone })
    }

    /// What the queue knows one of them by.
    pub(crate) fn receipt(&self, received: &Received) -> Receipt {
        Receipt {
            priority: self.ticket.priority,
            session_id: self.ticket.session_id,
            handle: received.handle.clone(),
        }
    }
}

/// What remains to be done for a ticket.
#[derive(Debug)]
pub(crate) struct Remaining {
    /// The first of its line; `None` when nothing of its priority waits.
    pub(crate) head: Option<PendingKey>,
    /// When the session may go on.
    pub(crate) allowed: Allowed,
}

/// Lets the tickets go, hides one, or has it come back later; the ids of those that stay in their queue.
///
/// The first ticket stands for the others: either it lives on, or the survey that let it go was made after all of them
/// were received.
pub(crate) async fn settle<W: Dispatching>(
    deps: &Deps<W>,
    tickets: &Tickets,
    remaining: Remaining,
    was_called: bool,
) -> Result<Vec<String>, PortError> {
    let Tickets { ticket, received, .. } = tickets;
    let first = &received[0];
    match fate(ticket, remaining.head, remaining.allowed, first.delivery, deps.clock.now()) {
        Fate::Acknowledge => {}
        Fate::Hide(seconds) => {
            deps.tickets.hide(&tickets.receipt(first), seconds).await?;
            let_go(deps, tickets, &received[1..]).await;
            return Ok(vec![first.id.clone()]);
        }
        Fate::SendLater(at, seconds) => {
            if let Some(ticket) = ticket.hop(was_called) {
                deps.timer.send_later(&TimerItem::Ticket(ticket.waiting_for(at)), seconds).await?;
            } else {
                given_up(ticket);
            }
        }
        Fate::Keep(due, PendingKey { message_id, .. }) => {
            deps.due.keep(&WakeUp { due, ticket: Ticket { message_id, ..*ticket } }).await?;
        }
    }
    let_go(deps, tickets, received).await;
    Ok(Vec::new())
}

/// Where something waits after all, `sweep` finds it standing still.
fn given_up(Ticket { session_id, priority, hops, .. }: &Ticket) {
    tracing::error!(%session_id, %priority, hops, runaway = "ticket", "gave up a ticket that circles");
}

/// Deletes tickets at once, instead of when their batch is done: else the next tickets of their session would wait for the
/// workers of other sessions. What fails here is deleted then.
pub(crate) async fn let_go<W: Dispatching>(deps: &Deps<W>, tickets: &Tickets, gone: &[Received]) {
    if tickets.is_alone || gone.is_empty() {
        return;
    }
    let receipts: Vec<Receipt> = gone.iter().map(|received| tickets.receipt(received)).collect();
    if let Err(error) = deps.tickets.delete(&receipts).await {
        tracing::warn!(session_id = %tickets.ticket.session_id, %error, "tickets are deleted only with their batch");
    }
}

/// What remains after a release, as the survey has it.
pub(crate) async fn remaining_after<W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    state: &SessionState,
    waiting: &mut Survey,
    release: &Release,
) -> Result<Remaining, PortError> {
    let pacer = state.pacer.released(release);
    let standing = Standing { pacer: &pacer, ..state.standing() };
    remaining_by(deps, round.ticket, waiting, &standing).await
}

/// What remains when the session's line was not looked at in this round.
pub(crate) async fn remaining_until<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    allowed: Allowed,
) -> Result<Remaining, PortError> {
    remaining(deps, ticket, &mut Survey::default(), allowed).await
}

/// What remains when the session may go on then.
pub(crate) async fn remaining<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    waiting: &mut Survey,
    allowed: Allowed,
) -> Result<Remaining, PortError> {
    Ok(Remaining { head: head(deps, ticket.session_id, waiting, ticket.priority).await?, allowed })
}

/// What remains, and when it may go as things stand.
pub(crate) async fn remaining_by<W: Dispatching>(
    deps: &Deps<W>,
    ticket: &Ticket,
    waiting: &mut Survey,
    standing: &Standing<'_>,
) -> Result<Remaining, PortError> {
    let head = head(deps, ticket.session_id, waiting, ticket.priority).await?;
    let now = deps.clock.now();
    // What is kept back in front of something that is scheduled for later has no wake-up but this ticket.
    if let (Some(kept), Some(closed)) =
        (waiting.first_kept_back(ticket.priority), standing.new_contacts_closed(now))
        && head.is_none_or(|head| head.due > closed.until)
    {
        let others = allowed(waiting, standing, ticket.priority, now);
        return Ok(Remaining { head: Some(kept), allowed: others.held_until(closed.until) });
    }
    Ok(Remaining { head, allowed: allowed(waiting, standing, ticket.priority, now) })
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
