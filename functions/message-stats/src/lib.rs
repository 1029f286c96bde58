//! `GET /messages/stats`: how many messages there are in each state, over a period.

#![allow(async_fn_in_trait)]

use domain::reading::statistics::Day;
use domain::request::stats_period;
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode};
use shared::ports::{Clock, ReadStatistics};
use shared::views::statistics_view;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, C> {
    /// What every request passes first.
    pub front: F,
    /// The counters.
    pub statistics: S,
    /// Time.
    pub clock: C,
}

/// Shows the statistics of a period.
pub async fn handle<F, S, C>(deps: &Deps<F, S, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadStatistics,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    caller.require_token()?;
    let period = stats_period(&request.query_object()).map_err(Problem::validation)?;
    let from = Day::of(period.from(now));
    // A message may be dated a little ahead of our clock.
    let hours = deps.statistics.hours(caller.account_id, from, Day::of(now).plus(1)).await?;
    Ok(ApiResponse::json(StatusCode::OK, &statistics_view(period, now, &period.sum(now, hours))))
}
