//! The consumer of the timer queue: does what had to wait.
//!
//! A ticket goes back into its FIFO queue; a provider's report moves its message forward; what waits of a cancelled
//! campaign or a deleted session is cancelled. Everything may be done twice: a ticket too many does no harm, and states only move forward.

mod clear;
mod clear_session;
mod sandbox;
mod tickets;

use domain::message::report::{About, Report};
use domain::sending::timer::TimerItem;
use domain::tuning::REPORT_TRIES_MAX;
use domain::values::ids::MessageKey;
use shared::deps;
use shared::ports::{
    AcceptMessages, CancelMessages, ClearMessages, Clock, ControlCampaigns, FinishDeletions, ListCampaigns,
    PortError, ReadCampaigns, ReadLines, ReadMessages, Received, ReportMessages, SendLater, SendTickets,
};
use shared::reports::{Applied, apply};

use clear::{Rows, clear};
use clear_session::{Step, clear_session};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_queue};
use tickets::put_back;

deps! {
    Waking {
        tickets: Tickets: SendTickets,
        timer: Timer: SendLater,
        messages: Messages: ReadMessages + ReportMessages + AcceptMessages + CancelMessages + ClearMessages + ReadLines,
        campaigns: Campaigns: ReadCampaigns + ListCampaigns + ControlCampaigns,
        deletions: Deletions: FinishDeletions,
        clock: Clock: Clock,
    }
}

/// Does what had to wait, and returns the ids of the messages that must come again.
pub async fn handle<W: Waking>(deps: &Deps<W>, batch: Vec<Received>) -> Vec<String> {
    let mut failed = Vec::new();
    let items: Vec<(Received, TimerItem)> =
        batch.into_iter().filter_map(|elapsed| read(elapsed, &mut failed)).collect();
    let (tickets, mut items): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|(_, item)| matches!(item, TimerItem::Ticket(_)));
    failed.extend(put_back(&deps.tickets, &tickets).await);
    // What takes long goes last, so that no ticket waits for it.
    items.sort_by_key(|(_, item)| {
        matches!(item, TimerItem::ClearCampaign { .. } | TimerItem::ClearSession { .. })
    });
    for (elapsed, item) in items {
        if let Err(error) = fire(deps, &elapsed, item).await {
            tracing::warn!(id = elapsed.id, %error, "a timer item comes again");
            failed.push(elapsed.id);
        }
    }
    failed
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_queue(&stack, |batch, _deadline| handle(&deps, batch)).await
}

/// What cannot be read is not dropped, since it may be the only copy of what a newer version wants done: it ends in the
/// dead-letter queue.
fn read(elapsed: Received, failed: &mut Vec<String>) -> Option<(Received, TimerItem)> {
    match serde_json::from_str(&elapsed.body) {
        Ok(item) => Some((elapsed, item)),
        Err(error) => {
            tracing::error!(id = elapsed.id, %error, malformed = "timer", "a timer item cannot be read");
            failed.push(elapsed.id);
            None
        }
    }
}

async fn fire<W: Waking>(deps: &Deps<W>, elapsed: &Received, item: TimerItem) -> Result<(), PortError> {
    let now = deps.clock.now();
    match item {
        // They went before all others, together.
        TimerItem::Ticket(_) => Ok(()),
        TimerItem::SandboxReport { session_id, message_id, status } => {
            let report = Report::new(status, now);
            match apply(&deps.messages, session_id, &About::OurId { message_id }, &report, false).await? {
                Applied::TooEarly => {
                    Err(PortError::new("messages.report", "the message is still being sent"))
                }
                Applied::Yes | Applied::Unknown => Ok(()),
            }
        }
        TimerItem::ProviderReport { session_id, about, report } => {
            // By the last time, what was in hand when the report came is recorded.
            let is_last = elapsed.delivery.receives >= REPORT_TRIES_MAX;
            match apply(&deps.messages, session_id, &about, &report, is_last).await? {
                Applied::Yes => Ok(()),
                Applied::TooEarly | Applied::Unknown if !is_last => {
                    Err(PortError::new("messages.report", "the send is not recorded yet"))
                }
                Applied::TooEarly | Applied::Unknown => {
                    tracing::info!(%session_id, "dropped a report of a message that is none of ours");
                    Ok(())
                }
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
        TimerItem::ClearSession { session_id, campaigns } => {
            let step = Step { session_id, campaigns };
            clear_session(&deps.deletions, &deps.campaigns, &deps.messages, &deps.timer, step, now).await
        }
    }
}
