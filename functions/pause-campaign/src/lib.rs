//! `POST /campaigns/{id}/pause`: lets a campaign rest until it is resumed.
//!
//! The pause is one conditional write. A turn of the dispatcher that begins after it sends nothing of the campaign.

#![allow(async_fn_in_trait)]

use domain::campaign::Campaign;
use domain::sending::pacing::Pacing;
use shared::decisions::decide;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, StatusCode, campaign_id, campaign_not_found, campaign_view,
    decided,
};
use shared::ports::{Clock, ControlCampaigns, ReadCampaigns};

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

/// Pauses a campaign.
pub async fn handle<F, G, C>(deps: &Deps<F, G, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns + ControlCampaigns,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = campaign_id(&request)?;
    let found = deps.campaigns.get(caller.account_id, id).await?;
    let found = found.ok_or_else(|| campaign_not_found(&id.to_string()))?;
    let pause = |campaign: Campaign| campaign.pause(None);
    let campaign = decided(id, decide(&deps.campaigns, found, pause).await?)?;
    Ok(ApiResponse::json(StatusCode::OK, &campaign_view(&campaign, deps.default_pacing, now)))
}
