//! A batch of tickets: which sessions it concerns, and what becomes of each ticket.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use domain::sending::ticket::{Fate, Ticket, fate, is_worn_out};
use domain::sending::timer::TimerItem;
use domain::tuning::VISIBILITY_TIMEOUT_MS;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::join_all;
use shared::ports::{Clock, HideTickets, PortError, Receipt, Received, SendLater};

use crate::worker::{self, Left};
use crate::{Deps, Dispatching};

/// How long a ticket rests that is made anew after an error, in seconds: as long as one that was received often is hidden.
const RENEWAL_DELAY_S: u32 = 25;

/// The tickets of one session and priority, in the order of the queue; there is at least one.
struct Group {
    ticket: Ticket,
    received: Vec<Received>,
}

/// Serves a batch until `deadline`, and returns the ids of the messages that stay in their queue.
///
/// Nothing fails as a whole: an error or a panic costs the tickets of its own session a delay, and nothing else.
pub async fn handle<W: Dispatching>(
    deps: &Deps<W>,
    batch: Vec<Received>,
    deadline: Timestamp,
) -> Vec<String> {
    let groups = grouped(batch);
    let served = groups.into_iter().map(|group| async move {
        match AssertUnwindSafe(serve(deps, &group, deadline)).catch_unwind().await {
            Ok(Ok(stays)) => stays,
            Ok(Err(error)) => {
                tracing::error!(session_id = %group.ticket.session_id, %error, "a session could not be served");
                try_later(deps, &group).await
            }
            Err(_) => {
                tracing::error!(session_id = %group.ticket.session_id, "serving a session panicked");
                put_back(deps, &group).await
            }
        }
    });
    join_all(served).await.into_iter().flatten().collect()
}

/// Sorts a batch by session and priority. What is no ticket is dropped: it would never become one.
fn grouped(batch: Vec<Received>) -> Vec<Group> {
    let mut groups: BTreeMap<(SessionId, Priority), Group> = BTreeMap::new();
    for received in batch {
        match serde_json::from_str::<Ticket>(&received.body) {
            Ok(ticket) => groups
                .entry((ticket.session_id, ticket.priority))
                .or_insert_with(|| Group { ticket, received: Vec::new() })
                .received
                .push(received),
            Err(error) => {
                tracing::error!(id = received.id, %error, malformed = "ticket", "dropped a malformed ticket");
            }
        }
    }
    groups.into_values().collect()
}

/// Serves one session. Its first ticket stands for the others: either it lives on, or the survey that let it go was
/// made after all of them were received.
async fn serve<W: Dispatching>(
    deps: &Deps<W>,
    group: &Group,
    deadline: Timestamp,
) -> Result<Vec<String>, PortError> {
    let Left { head, allowed } = worker::serve(deps, &group.ticket, deadline).await?;
    let first = &group.received[0];
    match fate(head, allowed, first.delivery, deps.clock.now()) {
        Fate::Acknowledge => Ok(Vec::new()),
        Fate::Hide(seconds) => {
            deps.tickets.hide(&receipt(group, first), seconds).await?;
            Ok(vec![first.id.clone()])
        }
        Fate::SendLater(seconds) => {
            deps.timer.send_later(&TimerItem::Ticket(group.ticket), seconds).await?;
            Ok(Vec::new())
        }
    }
}

/// After an error of a table or queue. However long that lasts, the tickets must outlive it: one that was received often
/// is made anew, before its queue takes it for poison, and stands for the others.
///
/// After a panic it is not, so that the queue takes away what can never be served.
async fn try_later<W: Dispatching>(deps: &Deps<W>, group: &Group) -> Vec<String> {
    let now = deps.clock.now();
    if !group.received.iter().any(|received| is_worn_out(received.delivery, now)) {
        return put_back(deps, group).await;
    }
    match deps.timer.send_later(&TimerItem::Ticket(group.ticket), RENEWAL_DELAY_S).await {
        Ok(()) => Vec::new(),
        Err(error) => {
            tracing::warn!(session_id = %group.ticket.session_id, %error, "a ticket could not be made anew");
            put_back(deps, group).await
        }
    }
}

/// After a failure all tickets of the session stay, out of sight for a while that grows with each receive.
async fn put_back<W: Dispatching>(deps: &Deps<W>, group: &Group) -> Vec<String> {
    let tickets = &deps.tickets;
    for received in &group.received {
        let longest = u32::try_from(VISIBILITY_TIMEOUT_MS / 1000).unwrap_or(u32::MAX);
        let seconds = received.delivery.receives.saturating_mul(2).clamp(1, longest);
        if let Err(error) = tickets.hide(&receipt(group, received), seconds).await {
            tracing::warn!(session_id = %group.ticket.session_id, %error, "a ticket stays hidden for the queue's own time");
        }
    }
    group.received.iter().map(|received| received.id.clone()).collect()
}

fn receipt(group: &Group, received: &Received) -> Receipt {
    Receipt {
        priority: group.ticket.priority,
        session_id: group.ticket.session_id,
        handle: received.handle.clone(),
    }
}
