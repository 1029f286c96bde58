//! The consumer of the timer queue: does what had to wait.
//!
//! A ticket goes back into its FIFO queue; a report of the sandbox provider moves its message forward; what waits of a
//! cancelled campaign is cancelled. Everything may be done twice: a ticket too many does no harm, and states only move
//! forward.

#![allow(async_fn_in_trait)]

mod clear;
mod sandbox;

use domain::ids::MessageKey;
use domain::timer::TimerItem;
use shared::ports::{
    ClearMessages, Clock, PortError, ReadCampaigns, Received, ReportMessages, Reported, SendLater,
    SendTickets,
};

use clear::{Rows, clear};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<Q, T, M, G, C> {
    /// The FIFO queues.
    pub tickets: Q,
    /// The timer queue.
    pub timer: T,
    /// The table of messages.
    pub messages: M,
    /// The table of campaigns.
    pub campaigns: G,
    /// Time.
    pub clock: C,
}

/// Does what had to wait, and returns the ids of the messages that must come again.
pub async fn handle<Q, T, M, G, C>(deps: &Deps<Q, T, M, G, C>, batch: Vec<Received>) -> Vec<String>
where
    Q: SendTickets,
    T: SendLater,
    M: ReportMessages + ClearMessages,
    G: ReadCampaigns,
    C: Clock,
{
    let mut items: Vec<(String, TimerItem)> = batch.into_iter().filter_map(read).collect();
    // What takes long goes last, so that no ticket waits for it.
    items.sort_by_key(|(_, item)| matches!(item, TimerItem::ClearCampaign { .. }));
    let mut failed = Vec::new();
    for (id, item) in items {
        if let Err(error) = fire(deps, &id, item).await {
            tracing::warn!(id, %error, "a timer item comes again");
            failed.push(id);
        }
    }
    failed
}

/// What is no timer item is dropped: it would never become one.
fn read(elapsed: Received) -> Option<(String, TimerItem)> {
    let item = serde_json::from_str(&elapsed.body).ok();
    if item.is_none() {
        tracing::error!(id = elapsed.id, malformed = "timer", "dropped a malformed timer item");
    }
    item.map(|item| (elapsed.id, item))
}

async fn fire<Q, T, M, G, C>(deps: &Deps<Q, T, M, G, C>, id: &str, item: TimerItem) -> Result<(), PortError>
where
    Q: SendTickets,
    T: SendLater,
    M: ReportMessages + ClearMessages,
    G: ReadCampaigns,
    C: Clock,
{
    let now = deps.clock.now();
    match item {
        // The id of this delivery: the same when it is repeated, fresh for every hop of a ticket.
        TimerItem::Ticket(ticket) => deps.tickets.send(&ticket, id).await,
        TimerItem::SandboxReport { session_id, message_id, status } => {
            let key = MessageKey { session_id, message_id };
            match deps.messages.report(key, status, now).await? {
                Reported::TooEarly => {
                    Err(PortError::new("messages.report", "the message is still being sent"))
                }
                Reported::Applied | Reported::NothingNew | Reported::NotFound => Ok(()),
            }
        }
        TimerItem::SandboxReply { session_id, message_id, text } => {
            let key = MessageKey { session_id, message_id };
            sandbox::reply(&deps.messages, key, text, now).await
        }
        TimerItem::ClearCampaign { account_id, campaign_id, from_row, to_row } => {
            let rows = Rows { account_id, campaign_id, from_row, to_row };
            clear(&deps.campaigns, &deps.messages, &deps.timer, rows, now).await
        }
    }
}
