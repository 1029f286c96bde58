//! The consumer of the timer queue: does what had to wait.
//!
//! A ticket goes back into its FIFO queue; a provider's report moves its message forward. Everything may be done twice: a
//! ticket too many does no harm, and states only move forward.
//!
//! An item that fails comes again after a growing pause. Before its queue would take it for poison it is sent anew: an outage,
//! however long, loses nothing.

mod sandbox;
mod tickets;

use domain::chores::Chore;
use domain::message::report::{About, Report};
use domain::sending::timer::{TimerItem, pause_s};
use domain::tuning::{REPORT_TRIES_MAX, TIMER_DELAY_MAX_S, TIMER_ITEM_MAX_RECEIVES, TIMER_VISIBILITY_S};
use domain::values::ids::MessageKey;
use shared::deps;
use shared::ports::{
    AcceptMessages, BeginChores, Clock, HideItems, PortError, ReadMessages, Received, ReportMessages,
    SendChoreSteps, SendLater, SendTickets,
};
use shared::reports::{Applied, apply};

#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_queue};
use tickets::put_back;

deps! {
    Waking {
        tickets: Tickets: SendTickets,
        timer: Timer: SendLater + HideItems,
        messages: Messages: ReadMessages + ReportMessages + AcceptMessages,
        chores: Chores: BeginChores,
        chore_steps: ChoreSteps: SendChoreSteps,
        clock: Clock: Clock,
    }
}

/// Does what had to wait, and returns the ids of the messages that must come again.
pub async fn handle<W: Waking>(deps: &Deps<W>, batch: Vec<Received>) -> Vec<String> {
    let mut failed = Vec::new();
    let items: Vec<(Received, TimerItem)> =
        batch.into_iter().filter_map(|elapsed| read(elapsed, &mut failed)).collect();
    let (tickets, items): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|(_, item)| matches!(item, TimerItem::Ticket(_)));
    let refused = put_back(&deps.tickets, &tickets).await;
    for (elapsed, item) in tickets.into_iter().filter(|(elapsed, _)| refused.contains(&elapsed.id)) {
        if !put_off(deps, &elapsed, &item).await {
            failed.push(elapsed.id);
        }
    }
    for (elapsed, item) in items {
        if !is_done(deps, &elapsed, item).await {
            failed.push(elapsed.id);
        }
    }
    failed
}

/// Does what had to wait; `false` when its item must come again.
async fn is_done<W: Waking>(deps: &Deps<W>, elapsed: &Received, item: TimerItem) -> bool {
    let Err(error) = fire(deps, elapsed, item.clone()).await else { return true };
    tracing::warn!(id = elapsed.id, %error, "a timer item comes again");
    put_off(deps, elapsed, &item).await
}

/// Puts an item off for a time that grows with its receives; `true` when it was sent anew instead.
async fn put_off<W: Waking>(deps: &Deps<W>, elapsed: &Received, item: &TimerItem) -> bool {
    let receives = elapsed.delivery.receives;
    let pause = pause_s(receives);
    let done = if receives >= TIMER_ITEM_MAX_RECEIVES {
        deps.timer.send_later(item, TIMER_DELAY_MAX_S).await.map(|()| true)
    } else if pause > TIMER_VISIBILITY_S {
        deps.timer.hide(&elapsed.handle, pause).await.map(|()| false)
    } else {
        Ok(false)
    };
    done.unwrap_or_else(|error| {
        tracing::warn!(id = elapsed.id, %error, "a timer item comes again after the queue's own time");
        false
    })
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
        TimerItem::ClearCampaign { account_id, campaign_id } => {
            begin(deps, &Chore::clear_campaign(account_id, campaign_id)).await
        }
        TimerItem::ClearSession { session_id } => begin(deps, &Chore::clear_session(session_id)).await,
    }
}

async fn begin<W: Waking>(deps: &Deps<W>, chore: &Chore) -> Result<(), PortError> {
    let step = deps.chores.begin(chore, deps.clock.now()).await?;
    deps.chore_steps.send(&step, 0).await
}
