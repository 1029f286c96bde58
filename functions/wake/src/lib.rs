//! The consumer of the timer queue: does what had to wait.
//!
//! A ticket goes back into its FIFO queue; a provider's report moves its message forward. Everything
//! may be done twice: a ticket too many does no harm, and states only move forward.

#![allow(async_fn_in_trait)]

mod sandbox;

use domain::ids::MessageKey;
use domain::limits::REPORT_TRIES_MAX;
use domain::report::{About, Report};
use domain::timer::TimerItem;
use shared::ports::{Clock, PortError, Received, ReportMessages, SendTickets};
use shared::reports::{Applied, apply};

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
        if let Err(error) = fire(deps, &elapsed, item).await {
            tracing::warn!(id = elapsed.id, %error, "a timer item comes again");
            failed.push(elapsed.id);
        }
    }
    failed
}

async fn fire<Q, M, C>(deps: &Deps<Q, M, C>, elapsed: &Received, item: TimerItem) -> Result<(), PortError>
where
    Q: SendTickets,
    M: ReportMessages,
    C: Clock,
{
    match item {
        // The id of this delivery: the same when it is repeated, fresh for every hop of a ticket.
        TimerItem::Ticket(ticket) => deps.tickets.send(&ticket, &elapsed.id).await,
        TimerItem::SandboxReport { session_id, message_id, status } => {
            let report = Report::new(status, deps.clock.now());
            match apply(&deps.messages, session_id, &About::OurId { message_id }, &report).await? {
                Applied::TooEarly => {
                    Err(PortError::new("messages.report", "the message is still being sent"))
                }
                Applied::Yes | Applied::Unknown => Ok(()),
            }
        }
        TimerItem::ProviderReport { session_id, about, report } => {
            match apply(&deps.messages, session_id, &about, &report).await? {
                Applied::Yes => Ok(()),
                Applied::TooEarly | Applied::Unknown if elapsed.delivery.receives < REPORT_TRIES_MAX => {
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
            sandbox::reply(&deps.messages, key, text, deps.clock.now()).await
        }
        // Nobody sends these yet.
        TimerItem::ClearCampaign { .. } => Ok(()),
    }
}
