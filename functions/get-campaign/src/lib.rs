//! `GET /campaigns/{id}`: a campaign, and how far it is.

#![allow(async_fn_in_trait)]

use domain::sending::pacing::Pacing;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, StatusCode, campaign_id, campaign_not_found, campaign_view,
};
use shared::ports::{Clock, ReadCampaigns};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, G, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of campaigns.
    pub campaigns: G,
    /// Time.
    pub clock: C,
    /// The pacing of sessions that have none of their own.
    pub default_pacing: Pacing,
}

/// Shows one campaign.
pub async fn handle<F, G, C>(deps: &Deps<F, G, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = campaign_id(&request)?;
    let campaign = deps.campaigns.get(caller.account_id, id).await?;
    let campaign = campaign.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}
