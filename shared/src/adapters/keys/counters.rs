//! Keys and names of counters, and of where pages begin.

use std::fmt;
use std::str::FromStr;

use domain::reading::statistics::{Day, HourOfDay};
use domain::values::ids::SessionId;
use domain::values::status::Status;

/// Sort key of the table of statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) enum StatisticsKey {
    /// A session's day.
    Day(Day, SessionId),
    /// Where a recount has left its mark.
    Mark,
}

/// A text is not a sort key of the table of statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) struct NotAStatisticsKey;

const MARK: &str = "mark";

impl fmt::Display for StatisticsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day, session_id) => write!(f, "{day}#{session_id}"),
            Self::Mark => f.write_str(MARK),
        }
    }
}

impl FromStr for StatisticsKey {
    type Err = NotAStatisticsKey;

    fn from_str(text: &str) -> Result<Self, NotAStatisticsKey> {
        if text == MARK {
            return Ok(Self::Mark);
        }
        let (day, session_id) = text.split_once('#').ok_or(NotAStatisticsKey)?;
        let day = day.parse().map_err(|_| NotAStatisticsKey)?;
        let session_id: SessionId = session_id.parse().map_err(|_| NotAStatisticsKey)?;
        let key = Self::Day(day, session_id);
        // Only the one form that is written is a key: upper-case ids are valid elsewhere, and are no keys.
        if key.to_string() == text { Ok(key) } else { Err(NotAStatisticsKey) }
    }
}

/// The name of an hourly counter: the hour and a letter, as in `07d`. Short, since a day has up to 192 of them, and one
/// write unit pays for 1 KB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) struct HourName {
    pub(in crate::adapters) hour: HourOfDay,
    pub(in crate::adapters) status: Status,
}

/// A text is not the name of an hourly counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) struct NotAnHourName;

impl HourName {
    pub(in crate::adapters) const fn of(hour: HourOfDay, status: Status) -> Self {
        Self { hour, status }
    }

    const fn letter(status: Status) -> char {
        match status {
            Status::Queued => 'q',
            Status::Sending => 'g',
            Status::Sent => 's',
            Status::Delivered => 'd',
            Status::Read => 'r',
            Status::Failed => 'f',
            Status::Received => 'i',
            Status::Cancelled => 'c',
        }
    }
}

impl fmt::Display for HourName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{}", self.hour.number(), Self::letter(self.status))
    }
}

impl FromStr for HourName {
    type Err = NotAnHourName;

    fn from_str(text: &str) -> Result<Self, NotAnHourName> {
        let (hour, letter) = text.split_at_checked(2).ok_or(NotAnHourName)?;
        let digits = hour.bytes().all(|byte| byte.is_ascii_digit());
        let hour = hour.parse().ok().filter(|_| digits).and_then(HourOfDay::new).ok_or(NotAnHourName)?;
        let status = Status::ALL.into_iter().find(|status| letter == Self::letter(*status).to_string());
        status.map(|status| Self::of(hour, status)).ok_or(NotAnHourName)
    }
}

/// Partition key of a bookmark in the table of limits. Kinds of requests are never called `page`.
pub(in crate::adapters) fn bookmark_key(list: &str, page: usize) -> String {
    format!("page#{list}#{page}")
}

#[cfg(test)]
mod tests {
    use domain::values::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_of_counters_are_read_as_they_are_printed(hour in 0_u8..24, status in 0..8_usize) {
            let name = HourName::of(HourOfDay::new(hour).unwrap(), Status::ALL[status]);
            prop_assert_eq!(name.to_string().parse(), Ok(name));
        }

        #[test]
        fn keys_of_statistics_are_read_as_they_are_printed(millis in 0_i64..253_402_300_799_999, n: u128) {
            let day = Day::of(Timestamp::from_millis(millis));
            let key = StatisticsKey::Day(day, SessionId::new(Timestamp::EPOCH, n));
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn no_other_text_is_a_name_or_key_of_statistics(text in ".{0,60}") {
            if let Ok(key) = text.parse::<StatisticsKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
            }
            if let Ok(name) = text.parse::<HourName>() {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
