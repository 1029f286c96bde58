//! The queues.

use domain::sending::ticket::{Delivery, Ticket};
use domain::sending::timer::TimerItem;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;

use super::PortError;

/// Putting tickets into the FIFO queues.
pub trait SendTickets {
    /// Sends a ticket into its priority's queue, in its session's group.
    ///
    /// SQS drops a second message with the same `deduplication_id` for 5 minutes: it must be fresh for every ticket
    /// that is to live, and the same when one send is repeated.
    async fn send(&self, ticket: &Ticket, deduplication_id: &str) -> Result<(), PortError>;

    /// Sends tickets, each with its deduplication id, in one request for each queue; in their order, whether each was taken.
    /// At most ten, as many as SQS takes at once and hands out at once.
    async fn send_all(&self, tickets: &[(Ticket, String)]) -> Vec<Result<(), PortError>>;
}

/// A message as SQS delivered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// SQS's id of it, by which a failure is reported.
    pub id: String,
    /// SQS's receipt handle.
    pub handle: String,
    /// A [`Ticket`] or [`TimerItem`] in JSON, if all is well.
    pub body: String,
    /// How often and since when.
    pub delivery: Delivery,
}

/// Which received message is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The queue that it is in, by priority.
    pub priority: Priority,
    /// Its message group: the session of the ticket.
    pub session_id: SessionId,
    /// SQS's receipt handle.
    pub handle: String,
}

/// Holding received tickets back in their queue.
pub trait HideTickets {
    /// Makes a received ticket invisible for this many seconds from now.
    async fn hide(&self, receipt: &Receipt, seconds: u32) -> Result<(), PortError>;
}

/// Holding received items back in the timer.
pub trait HideItems {
    /// Makes a received item invisible for so many seconds from now. The handle is SQS's receipt handle.
    async fn hide(&self, handle: &str, seconds: u32) -> Result<(), PortError>;
}

/// Deleting received tickets before their batch is done.
pub trait DeleteTickets {
    /// Deletes received tickets of one queue, ten at most. Deleting one twice changes nothing.
    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError>;
}

/// Putting things into the timer.
pub trait SendLater {
    /// Delivers an item after this many seconds (at most 900).
    async fn send_later(&self, item: &TimerItem, seconds: u32) -> Result<(), PortError>;
}
