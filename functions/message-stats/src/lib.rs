//! `GET /messages/stats`: how many messages there are in each state, over a period.

use domain::reading::statistics::{Day, Period, Statistics, Tally};
use domain::request::stats_period;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde_json::{Map, Value, json};
use shared::deps;
use shared::http::{Access, Answer, ApiResponse, Call, Endpoint, Parameter, Problem, StatusCode};
use shared::ports::{Clock, ReadStatistics};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "Count messages",
    detail: "Each counts once, in its present state, in the hour it was created in.",
    access: Access::TokenOnly,
    parameters: &[Parameter::query("period", "How far back.", "period")],
    answers: &[Answer::json(200, "Totals, rates and a time series.", "Statistics")],
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
    Ok(ApiResponse::json(StatusCode::OK, &view(period, now, &period.sum(now, hours))))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

fn view(period: Period, now: Timestamp, statistics: &Statistics) -> Value {
    let part = |start: Timestamp, tally: &Tally| {
        let mut part = Map::from_iter([("start".to_owned(), json!(start.to_string()))]);
        part.extend(counts(tally));
        Value::Object(part)
    };
    let totals = &statistics.totals;
    let series: Vec<Value> = statistics.series.iter().map(|hour| part(hour.start, &hour.tally)).collect();
    json!({
        "period": period.name(),
        "from": period.from(now).to_string(),
        "to": now.to_string(),
        "totals": counts(totals),
        "deliveryRate": totals.delivery_rate(),
        "readRate": totals.read_rate(),
        "series": series,
    })
}

/// A number for each state. One that is still being counted is never shown below zero.
fn counts(tally: &Tally) -> Map<String, Value> {
    let count = |status: Status| (status.name().to_owned(), json!(tally.count(status).max(0)));
    Status::ALL.into_iter().map(count).collect()
}
