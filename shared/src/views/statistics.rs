//! Statistics of messages.

use domain::reading::statistics::{HourTally, Period, Statistics, Tally};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use serde::Serialize;

use super::time::Time;

/// How many messages there are in each state, over a period.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Statistics"))]
pub struct StatisticsView {
    /// The period that was asked for.
    pub period: Period,
    /// When it begins.
    pub from: Time,
    /// When it ends: now.
    pub to: Time,
    /// All messages of the period.
    pub totals: StatusCounts,
    /// Of the messages whose sending came to an end, the part that reached a phone.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub delivery_rate: f64,
    /// Of the messages that reached a phone, the part that was read.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub read_rate: f64,
    /// The parts of the period, the oldest first: hours, or days of the longest one.
    pub series: Vec<PartView>,
}

/// How many messages are in each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct StatusCounts {
    /// Waiting.
    pub queued: u64,
    /// Being sent.
    pub sending: u64,
    /// Taken by the provider.
    pub sent: u64,
    /// Reported as delivered.
    pub delivered: u64,
    /// Reported as read.
    pub read: u64,
    /// Failed.
    pub failed: u64,
    /// Came in.
    pub received: u64,
    /// Cancelled.
    pub cancelled: u64,
}

/// A part of a period.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct PartView {
    /// When it begins.
    pub start: Time,
    /// Its messages.
    #[serde(flatten)]
    pub counts: StatusCounts,
}

impl StatusCounts {
    /// A number that is still being counted is never shown below zero.
    fn of(tally: &Tally) -> Self {
        let count = |status| u64::try_from(tally.count(status)).unwrap_or(0);
        Self {
            queued: count(Status::Queued),
            sending: count(Status::Sending),
            sent: count(Status::Sent),
            delivered: count(Status::Delivered),
            read: count(Status::Read),
            failed: count(Status::Failed),
            received: count(Status::Received),
            cancelled: count(Status::Cancelled),
        }
    }
}

/// The statistics of a period that ends now.
pub fn statistics_view(period: Period, now: Timestamp, statistics: &Statistics) -> StatisticsView {
    let part = |hour: &HourTally| PartView { start: Time(hour.start), counts: StatusCounts::of(&hour.tally) };
    let totals = &statistics.totals;
    StatisticsView {
        period,
        from: Time(period.from(now)),
        to: Time(now),
        totals: StatusCounts::of(totals),
        delivery_rate: totals.delivery_rate(),
        read_rate: totals.read_rate(),
        series: statistics.series.iter().map(part).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_counted_under_its_name() {
        let mut tally = Tally::default();
        for (status, count) in Status::ALL.into_iter().zip(1..) {
            tally.add(status, count);
        }
        let counts = serde_json::to_value(StatusCounts::of(&tally)).unwrap();
        let shown: Vec<_> =
            counts.as_object().unwrap().iter().map(|(name, n)| (name.as_str(), n.as_i64())).collect();
        let all: Vec<_> =
            Status::ALL.into_iter().zip(1..).map(|(status, n)| (status.name(), Some(n))).collect();
        assert_eq!(shown, all);
    }
}
