//! `GET /campaigns`: a page of an account's campaigns, the newest first.

#![allow(async_fn_in_trait)]

use domain::limits::LIST_LIMIT_MAX;
use domain::request::{CampaignsFrom, CampaignsRequest};
use domain::sending::pacing::Pacing;
use domain::values::ids::AccountId;
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode, campaign_view};
use shared::ports::{CampaignPage, Clock, PortError, ReadCampaigns};
use shared::views::{Page, Pagination};

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

/// Lists campaigns.
pub async fn handle<F, G, C>(deps: &Deps<F, G, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let list = CampaignsRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    let found = page(&deps.campaigns, caller.account_id, &list).await?;
    let campaigns = found.campaigns.iter();
    let data = campaigns.map(|it| campaign_view(it, deps.default_pacing, now)).collect();
    let page = match list.from {
        CampaignsFrom::Page(page) => Some(page),
        CampaignsFrom::Cursor(_) => None,
    };
    let next = found.next.map(|id| id.to_string());
    let pagination = Pagination::before(next, page, list.limit);
    Ok(ApiResponse::json(StatusCode::OK, &Page { data, pagination }))
}

/// One more than a page is read, so that it is known whether there are more.
async fn page(
    campaigns: &impl ReadCampaigns,
    account_id: AccountId,
    list: &CampaignsRequest,
) -> Result<CampaignPage, PortError> {
    let (mut before, mut skip) = match list.from {
        CampaignsFrom::Page(page) => (None, (page - 1) * list.limit),
        CampaignsFrom::Cursor(before) => (Some(before), 0),
    };
    while skip > 0 {
        let passed = campaigns.list(account_id, before, skip.min(LIST_LIMIT_MAX)).await?;
        skip -= passed.campaigns.len();
        before = passed.next;
        if before.is_none() {
            return Ok(CampaignPage::default());
        }
    }
    let mut found = campaigns.list(account_id, before, list.limit + 1).await?;
    let has_more = found.campaigns.len() > list.limit;
    found.campaigns.truncate(list.limit);
    found.next = found.campaigns.last().map(|campaign| campaign.campaign_id).filter(|_| has_more);
    Ok(found)
}
