//! `DELETE /campaigns/{id}`: takes a campaign back.
//!
//! One conditional write makes all its waiting messages inert. That each of them ends as `cancelled` is left to the
//! timer's consumer. It is told twice: before the write, so late that this function is surely over then, and after it.
//! So it is told wherever this dies, and finds out by itself whether the campaign was really cancelled.

#![allow(async_fn_in_trait)]

use domain::campaign::{Campaign, CampaignState};
use domain::sending::pacing::Pacing;
use domain::sending::timer::TimerItem;
use domain::tuning::DECISION_INSURANCE_S;
use shared::decisions::decide;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, StatusCode, campaign_id, campaign_not_found, campaign_view,
    decided, not_ended,
};
use shared::ports::{Clock, ControlCampaigns, ReadCampaigns, SendLater};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, G, T, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of campaigns.
    pub campaigns: G,
    /// The timer queue.
    pub timer: T,
    /// Time.
    pub clock: C,
    /// The pacing of sessions that have none of their own.
    pub default_pacing: Pacing,
}

/// Takes a campaign back.
pub async fn handle<F, G, T, C>(deps: &Deps<F, G, T, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns + ControlCampaigns,
    T: SendLater,
    C: Clock,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
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
