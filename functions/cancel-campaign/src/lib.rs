//! `DELETE /campaigns/{id}`: cancels a campaign.
//!
//! One conditional write makes all its waiting messages inert. A chore then makes each of them `cancelled`. It is opened before
//! the write, due when this function is surely over, and its first step is sent after the write. So it is done wherever this
//! function dies, and checks by itself whether the campaign was really cancelled.

use domain::campaign::{Campaign, CampaignState};
use domain::chores::Chore;
use domain::sending::pacing::Pacing;
use domain::tuning::DECISION_INSURANCE_S;
use shared::decisions::decide;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, campaign_id, campaign_not_found,
    campaign_view, decided, not_ended,
};
use shared::ports::{BeginChores, ControlCampaigns, ReadCampaigns, SendChoreSteps};
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
        chores: Chores: BeginChores,
        steps: ChoreSteps: SendChoreSteps;
        default_pacing: Pacing,
    }
}

/// Cancels a campaign.
pub async fn handle<W: CancellingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
    let id = campaign_id(&request)?;
    let found = deps.campaigns.get(account_id, id).await?;
    let found = found.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    let view =
        |campaign| ApiResponse::json(StatusCode::OK, &campaign_view(campaign, deps.default_pacing, now));
    // Its chore is open, or done. If its first step was not sent, the sweep sends it.
    if found.state == CampaignState::Cancelled {
        return Ok(view(&found));
    }
    not_ended(&found)?;
    let due = now.plus_millis(i64::from(DECISION_INSURANCE_S) * 1_000);
    let step = deps.chores.begin(&Chore::clear_campaign(account_id, id), due).await?;
    let campaign = decided(id, decide(&deps.campaigns, found, Campaign::cancel).await?)?;
    deps.steps.send(&step, 0).await?;
    Ok(view(&campaign))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
