//! The consumer of the timer queue: does what had to wait.
//!
//! A ticket goes back into its FIFO queue; a report of the sandbox provider moves its message forward. Everything
//! may be done twice: a ticket too many does no harm, and states only move forward.

#![allow(async_fn_in_trait)]

mod sandbox;

use domain::ids::MessageKey;
use domain::timer::TimerItem;
use shared::ports::{Clock, PortError, Received, ReportMessages, Reported, SendTickets};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<Q, M, C> {
    /// The FIFO queues.
    pub tickets: Q,
    /// The table of messages.
    pub messages: M,
    /// Time.
    pub clock: C,
}

/// Does what had to wait, and returns the ids of the messages that must come again.
pub async fn handle<Q, M, C>(deps: &Deps<Q, M, C>, batch: Vec<Received>) -> Vec<String>
where
    Q: SendTickets,
    M: ReportMessages,
    C: Clock,
{
    let mut failed = Vec::new();
    for elapsed in batch {
        let Ok(item) = serde_json::from_str::<TimerItem>(&elapsed.body) else {
            tracing::error!(id = elapsed.id, malformed = "timer", "dropped a malformed timer item");
            continue;
        };
        if let Err(error) = fire(deps, &elapsed.id, item).await {
            tracing::warn!(id = elapsed.id, %error, "a timer item comes again");
            failed.push(elapsed.id);
        }
    }
    failed
}

async fn fire<Q, M, C>(deps: &Deps<Q, M, C>, id: &str, item: TimerItem) -> Result<(), PortError>
where
    Q: SendTickets,
    M: ReportMessages,
    C: Clock,
{
    match item {
        // The id of this delivery: the same when it is repeated, fresh for every hop of a ticket.
        TimerItem::Ticket(ticket) => deps.tickets.send(&ticket, id).await,
        TimerItem::SandboxReport { session_id, message_id, status } => {
            let key = MessageKey { session_id, message_id };
            match deps.messages.report(key, status, deps.clock.now()).await? {
                Reported::TooEarly => {
                    Err(PortError::new("messages.report", "the message is still being sent"))
                }
                Reported::Applied | Reported::NothingNew | Reported::NotFound => Ok(()),
            }
        }
        TimerItem::SandboxReply { session_id, message_id, text } => {
            let key = MessageKey { session_id, message_id };
            sandbox::reply(&deps.messages, key, text, deps.clock.now()).await
        }
        // Nobody sends these yet.
        TimerItem::ClearCampaign { .. } => Ok(()),
    }
}
