//! Tickets go back into their queues, in one request for each queue.

use domain::sending::ticket::{Ticket, Way};
use domain::sending::timer::TimerItem;
use shared::ports::{Received, SendTickets};

/// Puts the tickets of a batch back into their queues; the ids of those that must come again.
pub(crate) async fn put_back(queues: &impl SendTickets, elapsed: &[(Received, TimerItem)]) -> Vec<String> {
    let tickets: Vec<(&Received, Ticket)> = elapsed.iter().filter_map(ticket_of).collect();
    if tickets.is_empty() {
        return Vec::new();
    }
    let named: Vec<(Ticket, String)> =
        tickets.iter().map(|(received, ticket)| (*ticket, deduplication_id(received, ticket))).collect();
    let answers = queues.send_all(&named).await;
    let refused = tickets.into_iter().zip(answers).filter_map(|((received, ticket), answer)| {
        let error = answer.err()?;
        tracing::warn!(id = received.id, session_id = %ticket.session_id, %error, "a ticket comes again");
        Some(received.id.clone())
    });
    refused.collect()
}

fn ticket_of((received, item): &(Received, TimerItem)) -> Option<(&Received, Ticket)> {
    match item {
        TimerItem::Ticket(ticket) => Some((received, *ticket)),
        _ => None,
    }
}

/// One for all that wait for the same instant, where that is safe: the work of a ticket was stored before it was put into the
/// timer. Otherwise that of this delivery: the same when it is repeated, fresh for every hop of a ticket.
fn deduplication_id(received: &Received, ticket: &Ticket) -> String {
    ticket.merged_id(Way::Timer, received.delivery.sent_at).unwrap_or_else(|| received.id.clone())
}
