//! Statistics: how many messages there are in each state, by the hour they were created in.

use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::values::named::named;
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// An hour, in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// A day, in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A day in UTC, as days since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// A text is not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-04-20")]
pub struct NotADay;

impl Day {
    /// The day of a time.
    pub const fn of(time: Timestamp) -> Self {
        Self(time.as_millis().div_euclid(DAY_MS))
    }

    /// When it begins.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0 * DAY_MS)
    }

    /// The day this many days later; earlier if the number is negative.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    /// As in `2026-04-20`, so that days sort as texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.start().to_string().get(..10).unwrap_or_default())
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let start = Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).map_err(|_| NotADay)?;
        let day = Self::of(start);
        if day.to_string() == text { Ok(day) } else { Err(NotADay) }
    }
}

/// The hour of a day, 0 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourOfDay(u8);

impl HourOfDay {
    /// The hour of a time.
    pub fn of(time: Timestamp) -> Self {
        Self(u8::try_from(time.as_millis().rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0))
    }

    /// The hour with this number; `None` if it is over 23.
    pub fn new(number: u8) -> Option<Self> {
        (number < 24).then_some(Self(number))
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// How many messages are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([i64; Status::ALL.len()]);

impl Tally {
    /// Adds this many messages in a state.
    pub const fn add(&mut self, status: Status, count: i64) {
        self.0[status as usize] += count;
    }

    /// How many are in a state.
    pub const fn count(&self, status: Status) -> i64 {
        self.0[status as usize]
    }

    /// Of the messages whose sending came to an end, the part that reached a phone: 0 to 1.
    pub fn delivery_rate(&self) -> f64 {
        let reached = self.sum(&[Status::Delivered, Status::Read]);
        rate(reached, reached + self.sum(&[Status::Sent, Status::Failed]))
    }

    /// Of the messages that reached a phone, the part that was read: 0 to 1.
    pub fn read_rate(&self) -> f64 {
        rate(self.count(Status::Read), self.sum(&[Status::Delivered, Status::Read]))
    }

    fn sum(&self, states: &[Status]) -> i64 {
        states.iter().map(|status| self.count(*status)).sum()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// To four digits: a chart shows no more, and the answer stays readable.
fn rate(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    let per_myriad = (part.clamp(0, whole) * 10_000 + whole / 2) / whole;
    f64::from(i32::try_from(per_myriad).unwrap_or(10_000)) / 10_000.0
}

/// The messages of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourTally {
    /// When the hour begins.
    pub start: Timestamp,
    /// How many there are in each state.
    pub tally: Tally,
}

named! {
    /// A period that statistics are asked for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Period {
        /// The last 24 hours, this one among them, hour by hour.
        Day = "24h",
        /// The last 7 days, hour by hour.
        Week = "7d",
        /// The last 30 days in UTC, today among them, day by day.
        Month = "30d",
    }
}

impl Serialize for Period {
    /// Its name in the API.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

crate::inline_schema!(Period, { "type": "string", "enum": (Period::ALL.map(Period::name)) });

/// Statistics of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// All of it.
    pub totals: Tally,
    /// Its parts, the oldest first, each with its beginning; those without messages are there, too.
    pub series: Vec<HourTally>,
}

impl Period {
    /// How long a part of its series is, in milliseconds, and how many parts there are.
    const fn parts(self) -> (i64, i64) {
        match self {
            Self::Day => (HOUR_MS, 24),
            Self::Week => (HOUR_MS, 7 * 24),
            Self::Month => (DAY_MS, 30),
        }
    }

    /// When it begins: at the beginning of a part, the last of which is not over yet.
    pub const fn from(self, now: Timestamp) -> Timestamp {
        let (length, count) = self.parts();
        Timestamp::from_millis((now.as_millis().div_euclid(length) - (count - 1)) * length)
    }

    /// Adds up what was counted; hours outside of the period are left out.
    pub fn sum(self, now: Timestamp, hours: impl IntoIterator<Item = HourTally>) -> Statistics {
        let ((length, count), from) = (self.parts(), self.from(now));
        let start = |part| from.plus_millis(part * length);
        let mut series: Vec<HourTally> =
            (0..count).map(|part| HourTally { start: start(part), tally: Tally::default() }).collect();
        let mut totals = Tally::default();
        for hour in hours {
            let part = usize::try_from(hour.start.millis_since(from).div_euclid(length));
            if let Some(part) = part.ok().and_then(|part| series.get_mut(part)) {
                part.tally += hour.tally;
                totals += hour.tally;
            }
        }
        Statistics { totals, series }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn hour(start: &str, sent: i64) -> HourTally {
        let mut tally = Tally::default();
        tally.add(Status::Sent, sent);
        HourTally { start: at(start), tally }
    }

    #[test]
    fn a_period_ends_with_the_part_that_is_not_over() {
        let now = at("2026-04-20T10:59:59.999Z");
        for (period, from, parts) in [
            (Period::Day, "2026-04-19T11:00:00Z", 24),
            (Period::Week, "2026-04-13T11:00:00Z", 168),
            (Period::Month, "2026-03-22T00:00:00Z", 30),
        ] {
            let statistics = period
                .sum(now, [hour("2026-04-20T10:00:00Z", 2), hour(from, 3), hour("2026-03-21T23:00:00Z", 9)]);
            assert_eq!(period.from(now), at(from));
            assert_eq!((statistics.series.len(), statistics.totals.count(Status::Sent)), (parts, 5));
            assert_eq!(statistics.series[0].tally.count(Status::Sent), 3, "{}", period.name());
            assert_eq!(statistics.series[parts - 1].tally.count(Status::Sent), 2);
        }
    }

    #[test]
    fn rates_are_parts_of_one() {
        let mut tally = Tally::default();
        assert_eq!(
            (tally.delivery_rate().to_string(), tally.read_rate().to_string()),
            ("0".into(), "0".into())
        );
        for (status, count) in
            [(Status::Sent, 1), (Status::Failed, 1), (Status::Delivered, 3), (Status::Read, 1)]
        {
            tally.add(status, count);
        }
        tally.add(Status::Queued, 100);
        assert_eq!(
            (tally.delivery_rate().to_string(), tally.read_rate().to_string()),
            ("0.6667".into(), "0.25".into())
        );
    }

    proptest! {
        #[test]
        fn days_are_read_as_they_are_printed(millis in 0_i64..253_402_300_799_999) {
            let (time, day) = (Timestamp::from_millis(millis), Day::of(Timestamp::from_millis(millis)));
            prop_assert_eq!(day.to_string().parse(), Ok(day));
            let hour = i64::from(HourOfDay::of(time).number());
            prop_assert!((0..HOUR_MS).contains(&time.millis_since(day.start().plus_millis(hour * HOUR_MS))));
        }

        #[test]
        fn no_other_text_is_a_day(text in ".{0,12}") {
            if let Ok(day) = text.parse::<Day>() {
                prop_assert_eq!(day.to_string(), text);
            }
        }

        #[test]
        fn nothing_is_lost_and_nothing_added(
            now in DAY_MS * 40..DAY_MS * 400,
            ages in proptest::collection::vec((0_i64..40 * 24, 0_i64..5), 0..50),
            period in 0..3_usize,
        ) {
            let (now, period) = (Timestamp::from_millis(now), Period::ALL[period]);
            let floor = Timestamp::from_millis(now.as_millis().div_euclid(HOUR_MS) * HOUR_MS);
            let hours: Vec<HourTally> = ages.iter().map(|(age, count)| {
                let mut tally = Tally::default();
                tally.add(Status::Read, *count);
                HourTally { start: floor.plus_millis(-age * HOUR_MS), tally }
            }).collect();
            let inside = hours.iter().filter(|hour| hour.start >= period.from(now));
            let expected: i64 = inside.map(|hour| hour.tally.count(Status::Read)).sum();
            let statistics = period.sum(now, hours.clone());
            prop_assert_eq!(statistics.totals.count(Status::Read), expected);
            let series: i64 = statistics.series.iter().map(|part| part.tally.count(Status::Read)).sum();
            prop_assert_eq!(series, expected);
        }
    }
}
