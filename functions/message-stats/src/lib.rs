//! `GET /messages/stats`: how many messages there are in each state, over a period.

#![allow(async_fn_in_trait)]

use domain::reading::statistics::{Day, Period, Statistics, Tally};
use domain::request::stats_period;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde_json::{Map, Value, json};
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode};
use shared::ports::{Clock, ReadStatistics};

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
    Ok(ApiResponse::json(StatusCode::OK, &view(period, now, &period.sum(now, hours))))
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
