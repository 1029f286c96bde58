//! `DELETE /campaigns/{id}`: cancels a campaign.
//!
//! One conditional write makes all its waiting messages inert. The timer's consumer then makes each of them `cancelled`. It
//! gets two timer items: one is sent before the write, delayed until this function is surely over, and one after the write.
//! So it gets one wherever this function dies, and checks by itself whether the campaign was really cancelled.

use domain::campaign::{Campaign, CampaignState};
use domain::sending::pacing::Pacing;
use domain::sending::timer::TimerItem;
use domain::tuning::DECISION_INSURANCE_S;
use shared::decisions::decide;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, campaign_id, campaign_not_found,
    campaign_view, decided, not_ended,
};
use shared::ports::{ControlCampaigns, ReadCampaigns, SendLater};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::CampaignView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Cancel a campaign",
    detail: "Only a send already in progress still goes out.",
    answers: &[Answer::json::<CampaignView>(200, "The campaign.")],
    refusals: &[ErrorCode::CampaignNotFound, ErrorCode::CampaignEnded],
    ..Endpoint::delete("/campaigns/{id}", "cancelCampaign")
};

deps! {
    CancellingCampaigns {
        campaigns: Campaigns: ReadCampaigns + ControlCampaigns,
        timer: Timer: SendLater;
        default_pacing: Pacing,
    }
}

/// Takes a campaign back.
pub async fn handle<W: CancellingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
    let id = campaign_id(&request)?;
    let found = deps.campaigns.get(account_id, id).await?;
    let found = found.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    if found.state != CampaignState::Cancelled {
        not_ended(&found)?;
    }
    let clear = TimerItem::clear_campaign(account_id, id);
    deps.timer.send_later(&clear, DECISION_INSURANCE_S).await?;
    let campaign = decided(id, decide(&deps.campaigns, found, Campaign::cancel).await?)?;
    deps.timer.send_later(&clear, 0).await?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
