//! Reads the first message of each of a session's lines, and wakes the session for them.

use domain::message::pending::PendingKey;
use domain::sending::survey::{Head, Survey};
use domain::sending::ticket::Ticket;
use domain::tuning::SURVEY_PAGE;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;

use crate::ports::{Entropy, PortError, ReadLines, SendTickets};

/// The first message of each line, by the order of [`Priority::ALL`].
pub async fn heads(
    lines: &impl ReadLines,
    session_id: SessionId,
) -> Result<[Option<PendingKey>; 3], PortError> {
    let page = lines.waiting(session_id, None, SURVEY_PAGE).await?;
    let survey = Survey::from_first_page(&page.keys, page.is_all);
    let mut heads = [None; 3];
    for (head, priority) in heads.iter_mut().zip(Priority::ALL) {
        *head = match survey.head(priority) {
            Head::Is(key) => Some(key),
            Head::Empty => None,
            Head::Unknown => lines.waiting(session_id, Some(priority), 1).await?.keys.first().copied(),
        };
    }
    Ok(heads)
}

/// Sends a fresh ticket for the line of a message. A ticket too many does no harm.
pub async fn wake(
    tickets: &impl SendTickets,
    entropy: &impl Entropy,
    session_id: SessionId,
    head: PendingKey,
) -> Result<(), PortError> {
    let ticket = Ticket::new(session_id, head.priority, head.message_id);
    // Fresh each time: the queue would take a second ticket with the same id for a copy of the first.
    tickets.send(&ticket, &format!("{:032x}", entropy.next_u128())).await
}
