//! `POST /campaigns/{id}/pause`: pauses a campaign until it is resumed.
//!
//! The pause is one conditional write. A turn of the dispatcher that begins after it sends nothing of the campaign.

use domain::campaign::Campaign;
use domain::sending::pacing::Pacing;
use shared::decisions::decide;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, campaign_id, campaign_not_found,
    campaign_view, decided,
};
use shared::ports::{ControlCampaigns, ReadCampaigns};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::CampaignView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Pause a campaign",
    detail: "Pausing it twice is the same.",
    answers: &[Answer::json::<CampaignView>(200, "The campaign.")],
    refusals: &[ErrorCode::CampaignNotFound, ErrorCode::CampaignEnded],
    ..Endpoint::post("/campaigns/{id}/pause", "pauseCampaign")
};

deps! {
    PausingCampaigns {
        campaigns: Campaigns: ReadCampaigns + ControlCampaigns;
        default_pacing: Pacing,
    }
}

/// Pauses a campaign.
pub async fn handle<W: PausingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let id = campaign_id(&request)?;
    let found = deps.campaigns.get(caller.account_id, id).await?;
    let found = found.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    let pause = |campaign: Campaign| campaign.pause(None);
    let campaign = decided(id, decide(&deps.campaigns, found, pause).await?)?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
