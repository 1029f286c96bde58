//! A batch of tickets: which sessions it concerns, and what becomes of each ticket.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use domain::sending::ticket::{Ticket, is_worn_out, renewal_s};
use domain::sending::timer::TimerItem;
use domain::tuning::VISIBILITY_TIMEOUT_MS;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::join_all;
use shared::ports::{Clock, HideTickets, Received, SendLater};

use crate::round::serve;
use crate::ticket::{Tickets, let_go};
use crate::{Deps, Dispatching};

/// How long a ticket rests that is made anew after an error, in seconds: as long as one that was received often is hidden.
const RENEWAL_DELAY_S: u32 = 25;

/// Serves a batch until `deadline`, and returns the ids of the messages that stay in their queue.
///
/// Nothing fails as a whole: an error or a panic costs the tickets of its own session a delay, and nothing else.
pub async fn handle<W: Dispatching>(
    deps: &Deps<W>,
    batch: Vec<Received>,
    deadline: Timestamp,
) -> Vec<String> {
    let (sorted, unreadable) = by_session(batch);
    let served = sorted.into_iter().map(|tickets| async move {
        match AssertUnwindSafe(serve(deps, &tickets, deadline)).catch_unwind().await {
            Ok(Ok(stays)) => stays,
            Ok(Err(error)) => {
                tracing::error!(session_id = %tickets.ticket.session_id, %error, "a session could not be served");
                try_later(deps, &tickets).await
            }
            Err(_) => {
                tracing::error!(session_id = %tickets.ticket.session_id, "serving a session panicked");
                put_back(deps, &tickets).await
            }
        }
    });
    unreadable.into_iter().chain(join_all(served).await.into_iter().flatten()).collect()
}

/// Sorts a batch by session and priority. What cannot be read is not dropped, since a newer version may have written it: the
/// second are the ids of such tickets, which end in the dead-letter queue.
fn by_session(batch: Vec<Received>) -> (Vec<Tickets>, Vec<String>) {
    let mut sorted: BTreeMap<(SessionId, Priority), Vec<(Ticket, Received)>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for received in batch {
        match serde_json::from_str::<Ticket>(&received.body) {
            Ok(ticket) => {
                sorted.entry((ticket.session_id, ticket.priority)).or_default().push((ticket, received));
            }
            Err(error) => {
                tracing::error!(id = received.id, %error, malformed = "ticket", "a ticket cannot be read");
                unreadable.push(received.id);
            }
        }
    }
    let is_alone = sorted.len() == 1;
    (sorted.into_values().filter_map(|tickets| Tickets::of(tickets, is_alone)).collect(), unreadable)
}

/// After an error of a table or queue. However long that lasts, the tickets must outlive it: one that was received often
/// is made anew, before its queue takes it for poison, and stands for the others.
///
/// After a panic it is not, so that the queue takes away what can never be served.
async fn try_later<W: Dispatching>(deps: &Deps<W>, tickets: &Tickets) -> Vec<String> {
    let now = deps.clock.now();
    if !tickets.received.iter().any(|received| is_worn_out(received.delivery, now)) {
        return put_back(deps, tickets).await;
    }
    let rest_s = renewal_s(&tickets.ticket, RENEWAL_DELAY_S, now);
    match deps.timer.send_later(&TimerItem::Ticket(tickets.ticket), rest_s).await {
        Ok(()) => {
            let_go(deps, tickets, &tickets.received).await;
            Vec::new()
        }
        Err(error) => {
            tracing::warn!(session_id = %tickets.ticket.session_id, %error, "a ticket could not be made anew");
            put_back(deps, tickets).await
        }
    }
}

/// After a failure all tickets of the session stay, out of sight for a while that grows with each receive.
async fn put_back<W: Dispatching>(deps: &Deps<W>, tickets: &Tickets) -> Vec<String> {
    for received in &tickets.received {
        let longest = u32::try_from(VISIBILITY_TIMEOUT_MS / 1000).unwrap_or(u32::MAX);
        let seconds = received.delivery.receives.saturating_mul(2).clamp(1, longest);
        if let Err(error) = deps.tickets.hide(&tickets.receipt(received), seconds).await {
            tracing::warn!(session_id = %tickets.ticket.session_id, %error, "a ticket stays hidden for the queue's own time");
        }
    }
    tickets.received.iter().map(|received| received.id.clone()).collect()
}
