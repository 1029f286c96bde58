//! `GET /campaigns/{id}`: a campaign, and how far it is.

use domain::sending::pacing::Pacing;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, campaign_id, campaign_not_found,
    campaign_view,
};
use shared::ports::ReadCampaigns;
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::CampaignView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Get a campaign",
    answers: &[Answer::json::<CampaignView>(200, "The campaign.")],
    refusals: &[ErrorCode::CampaignNotFound],
    ..Endpoint::get("/campaigns/{id}", "getCampaign")
};

deps! {
    ShowingCampaigns {
        campaigns: Campaigns: ReadCampaigns;
        default_pacing: Pacing,
    }
}

/// Shows one campaign.
pub async fn handle<W: ShowingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let id = campaign_id(&request)?;
    let campaign = deps.campaigns.get(caller.account_id, id).await?;
    let campaign = campaign.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
