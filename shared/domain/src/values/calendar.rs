//! Days and clocks of a time zone. Its rules come with the program, so that nothing is read for them.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::values::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The name of a time zone of the IANA database, such as `Europe/Berlin`.
///
/// What is stored is not looked up again: a name that the database does not know any more counts as UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZoneName(String);

crate::inline_schema!(TimeZoneName, { "type": "string" });

/// A text is not the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time zone of the IANA database, such as Europe/Berlin or UTC")]
pub struct NotATimeZone;

impl Default for TimeZoneName {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl FromStr for TimeZoneName {
    type Err = NotATimeZone;

    /// Upper and lower case are the same; the name is kept as the database has it.
    fn from_str(text: &str) -> Result<Self, NotATimeZone> {
        let zone = TimeZone::get(text).map_err(|_| NotATimeZone)?;
        zone.iana_name().map(|name| Self(name.to_owned())).ok_or(NotATimeZone)
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What calendar and clock on the wall show, as if they were those of UTC, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(i64);

impl LocalTime {
    /// The day, in days since 1970-01-01.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }

    /// The time of the day, in milliseconds since midnight.
    pub const fn of_day_ms(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }
}

impl TimeZoneName {
    /// What calendar and clock show at a time.
    pub fn local(&self, at: Timestamp) -> LocalTime {
        local(&self.zone(), at)
    }

    /// When the next day begins: the first moment of it, also where midnight is left out.
    pub fn next_day(&self, at: Timestamp) -> Timestamp {
        let zone = self.zone();
        let today = local(&zone, at).day();
        walk(&zone, at, |now| DAY_MS - now.of_day_ms(), |now| now.day() > today)
    }

    /// When the clock shows this time next, or goes over it because it is put forward or back.
    pub fn next_clock(&self, at: Timestamp, time: ClockTime) -> Timestamp {
        let wanted = time.of_day_ms();
        let left = |now: LocalTime| match wanted - now.of_day_ms() {
            left if left > 0 => left,
            left => left + DAY_MS,
        };
        walk(&self.zone(), at, left, |_| true)
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

fn local(zone: &TimeZone, at: Timestamp) -> LocalTime {
    let offset_s = zone.to_offset(instant(at)).seconds();
    LocalTime(at.as_millis() + i64::from(offset_s) * 1000)
}

/// Out of jiff's range the last time that it knows.
fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX)
}

/// Goes on until so much has passed on the clock, stopping wherever the clock is put forward or back: there it ends when
/// that will do, and looks anew at how much is left.
fn walk(
    zone: &TimeZone,
    from: Timestamp,
    left_ms: impl Fn(LocalTime) -> i64,
    will_do: impl Fn(LocalTime) -> bool,
) -> Timestamp {
    let mut at = from;
    loop {
        let end = at.plus_millis(left_ms(local(zone, at)));
        let changes = zone.following(instant(at)).next();
        match changes.map(|change| Timestamp::from_millis(change.timestamp().as_millisecond())) {
            Some(change) if change <= end => {
                at = change;
                if will_do(local(zone, at)) {
                    return at;
                }
            }
            _ => return end,
        }
    }
}

/// A time of the day to the minute, such as `22:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime {
    minute: u16,
}

crate::inline_schema!(ClockTime, { "type": "string" });

/// A text is not a time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of the day from 00:00 to 23:59, such as 22:00")]
pub struct NotAClockTime;

impl ClockTime {
    /// Milliseconds since midnight.
    pub const fn of_day_ms(self) -> i64 {
        self.minute as i64 * MINUTE_MS
    }
}

impl FromStr for ClockTime {
    type Err = NotAClockTime;

    fn from_str(text: &str) -> Result<Self, NotAClockTime> {
        let (hour, minute) = text.split_once(':').ok_or(NotAClockTime)?;
        let number = |part: &str, below: u16| {
            let is_one = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number: &u16| is_one && *number < below).ok_or(NotAClockTime)
        };
        Ok(Self { minute: number(hour, 24)? * 60 + number(minute, 60)? })
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

impl TryFrom<String> for ClockTime {
    type Error = NotAClockTime;

    fn try_from(text: String) -> Result<Self, NotAClockTime> {
        text.parse()
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn zone(name: &str) -> TimeZoneName {
        name.parse().unwrap()
    }

    #[test]
    fn names_are_those_of_the_database() {
        assert_eq!(zone("europe/berlin").to_string(), "Europe/Berlin");
        for text in ["", "Berlin", "Europe/Atlantis", "+02:00", "../etc/passwd"] {
            assert_eq!(text.parse::<TimeZoneName>(), Err(NotATimeZone), "{text}");
        }
        let gone: TimeZoneName = serde_json::from_str("\"Europe/Atlantis\"").unwrap();
        assert_eq!(gone.local(at("2026-01-01T00:00:00Z")).of_day_ms(), 0);
    }

    #[test]
    fn days_have_23_24_and_25_hours() {
        let berlin = zone("Europe/Berlin");
        for (from, to) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-06-01T10:00:00Z", "2026-06-01T22:00:00Z"),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ] {
            assert_eq!(berlin.next_day(at(from)), at(to), "{from}");
        }
    }

    /// In Santiago the clock goes from 24:00 to 01:00 in spring, and from 24:00 back to 23:00 in autumn.
    #[test]
    fn a_day_may_begin_without_a_midnight_and_an_evening_come_twice() {
        let santiago = zone("America/Santiago");
        assert_eq!(santiago.next_day(at("2026-09-05T20:00:00Z")), at("2026-09-06T04:00:00Z"));
        assert_eq!(santiago.local(at("2026-09-06T04:00:00Z")).of_day_ms(), 3_600_000);
        assert_eq!(santiago.next_day(at("2026-04-04T20:00:00Z")), at("2026-04-05T04:00:00Z"));
    }

    #[test]
    fn a_clock_time_is_read_in_one_form() {
        assert_eq!("07:05".parse::<ClockTime>().unwrap().to_string(), "07:05");
        for text in ["7:05", "24:00", "07:60", "0705", "07:05:00", "+7:05", ""] {
            assert_eq!(text.parse::<ClockTime>(), Err(NotAClockTime), "{text}");
        }
    }

    proptest::proptest! {
        /// No moment of today lies behind the beginning of the next day, and none of the next day before it.
        #[test]
        fn the_next_day_begins_where_this_one_ends(millis in 1_700_000_000_000_i64..1_900_000_000_000, n in 0..4_usize) {
            let zone = zone(["Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe"][n]);
            let now = Timestamp::from_millis(millis);
            let next = zone.next_day(now);
            proptest::prop_assert!(now < next && next.millis_since(now) <= 25 * 3_600_000);
            proptest::prop_assert_eq!(zone.local(next.plus_millis(-1)).day(), zone.local(now).day());
            proptest::prop_assert_eq!(zone.local(next).day(), zone.local(now).day() + 1);
        }
    }
}
