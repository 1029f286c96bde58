//! `GET /campaigns`: a page of an account's campaigns, the newest first.

use domain::limits::LIST_LIMIT_MAX;
use domain::request::{CampaignsFrom, CampaignsRequest};
use domain::sending::pacing::Pacing;
use domain::values::ids::AccountId;
use shared::http::{Answer, ApiResponse, Call, Endpoint, Problem, StatusCode, campaign_view};
use shared::ports::{CampaignPage, ListCampaigns, PortError};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::{CampaignView, Page, Pagination};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "List campaigns",
    detail: "The newest first.",
    query: schema!(CampaignsRequest::parameters),
    answers: &[Answer::json::<Page<CampaignView>>(200, "A page of campaigns.")],
    ..Endpoint::get("/campaigns", "listCampaigns")
};

deps! {
    ListingCampaigns {
        campaigns: Campaigns: ListCampaigns;
        default_pacing: Pacing,
    }
}

/// Lists campaigns.
pub async fn handle<W: ListingCampaigns>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
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

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

/// One more than a page is read, so that it is known whether there are more.
async fn page(
    campaigns: &impl ListCampaigns,
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
