//! `POST /campaigns/{id}/resume`: lets a paused campaign go on.
//!
//! A ticket follows the write, since those that the campaign had were let go while it rested. Another one is put into
//! the timer before it, and arrives when this function is surely over: so that a campaign that goes on has a ticket,
//! wherever this dies.

#![allow(async_fn_in_trait)]

use domain::campaign::Campaign;
use domain::sending::pacing::Pacing;
use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::tuning::DECISION_INSURANCE_S;
use domain::values::ids::MessageId;
use domain::values::priority::Priority;
use shared::decisions::decide;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, StatusCode, campaign_id, campaign_not_found, campaign_view,
    decided, not_ended,
};
use shared::ports::{Clock, ControlCampaigns, Entropy, ReadCampaigns, SendLater, SendTickets};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, G, Q, T, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of campaigns.
    pub campaigns: G,
    /// The FIFO queues.
    pub tickets: Q,
    /// The timer queue.
    pub timer: T,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// The pacing of sessions that have none of their own.
    pub default_pacing: Pacing,
}

/// Lets a campaign go on.
pub async fn handle<F, G, Q, T, C, E>(
    deps: &Deps<F, G, Q, T, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns + ControlCampaigns,
    Q: SendTickets,
    T: SendLater,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
    let id = campaign_id(&request)?;
    let found = deps.campaigns.get(account_id, id).await?;
    let found = found.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    not_ended(&found)?;
    let ticket = ticket(&found);
    deps.timer.send_later(&TimerItem::Ticket(ticket), DECISION_INSURANCE_S).await?;
    let campaign = decided(id, decide(&deps.campaigns, found, Campaign::resume).await?)?;
    // Fresh each time: the queue would take a second ticket with the same id for a copy of the first.
    let deduplication_id = MessageId::new(now, deps.entropy.next_u128()).to_string();
    deps.tickets.send(&ticket, &deduplication_id).await?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}

fn ticket(campaign: &Campaign) -> Ticket {
    let message_id = campaign.campaign_id.message(1);
    Ticket { session_id: campaign.session_id, priority: Priority::Bulk, message_id }
}
