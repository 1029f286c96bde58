//! `POST /campaigns/{id}/resume`: lets a paused campaign go on.
//!
//! A ticket follows the write, since the campaign's tickets were deleted while it was paused. Another one is put into
//! the timer before it, and arrives when this function is surely over: so that a campaign that goes on has a ticket,
//! wherever this dies.

use domain::campaign::Campaign;
use domain::sending::pacing::Pacing;
use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::tuning::DECISION_INSURANCE_S;
use domain::values::ids::MessageId;
use domain::values::priority::Priority;
use shared::decisions::decide;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, campaign_id, campaign_not_found,
    campaign_view, decided, not_ended,
};
use shared::ports::{ControlCampaigns, Entropy, ReadCampaigns, SendLater, SendTickets};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::CampaignView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Resume a campaign",
    detail: "Resuming it twice is the same.",
    answers: &[Answer::json::<CampaignView>(200, "The campaign.")],
    refusals: &[ErrorCode::CampaignNotFound, ErrorCode::CampaignEnded],
    ..Endpoint::post("/campaigns/{id}/resume", "resumeCampaign")
};

deps! {
    ResumingCampaigns {
        campaigns: Campaigns: ReadCampaigns + ControlCampaigns,
        tickets: Tickets: SendTickets,
        timer: Timer: SendLater,
        entropy: Entropy: Entropy;
        default_pacing: Pacing,
    }
}

/// Lets a campaign go on.
pub async fn handle<W: ResumingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
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

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

fn ticket(campaign: &Campaign) -> Ticket {
    let message_id = campaign.campaign_id.message(1);
    Ticket::new(campaign.session_id, Priority::Bulk, message_id)
}
