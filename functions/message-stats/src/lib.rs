//! `GET /messages/stats`: how many messages there are in each state, over a period.

use domain::reading::statistics::Day;
use domain::request::stats_period;
use shared::http::{Access, Answer, ApiResponse, Call, Endpoint, Problem, StatusCode};
use shared::ports::{Clock, ReadStatistics};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::{StatisticsView, statistics_view};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "Count messages",
    detail: "Each counts once, in its present state, in the hour it was created in.",
    access: Access::TokenOnly,
    query: schema!(domain::request::stats_parameters),
    answers: &[Answer::json::<StatisticsView>(200, "Totals, rates and a time series.")],
    ..Endpoint::get("/messages/stats", "messageStats")
};

deps! {
    CountingMessages {
        statistics: Statistics: ReadStatistics,
        clock: Clock: Clock,
    }
}

/// Shows the statistics of a period.
pub async fn handle<W: CountingMessages>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let period = stats_period(&request.query_object()).map_err(Problem::validation)?;
    let from = Day::of(period.from(now));
    // A message may be dated a little ahead of our clock.
    let hours = deps.statistics.hours(caller.account_id, from, Day::of(now).plus(1)).await?;
    Ok(ApiResponse::json(StatusCode::OK, &statistics_view(period, now, &period.sum(now, hours))))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
