//! Points in time, as milliseconds since the Unix epoch.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point in time with millisecond precision, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A text is not a date and time of RFC 3339 with a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time with a zone, such as 2026-04-20T10:00:00Z")]
pub struct NotRfc3339;

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down: the unit of DynamoDB's time to live and of JWTs.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time, `millis` later (or earlier, when negative).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339. A zone (`Z` or an offset) is required; leap seconds and dates outside 0–9999 are refused.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NotRfc3339> {
        if !has_rfc3339_shape(text.as_bytes()) {
            return Err(NotRfc3339);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| NotRfc3339)?;
        Ok(Self(parsed.as_millisecond()))
    }
}

/// Whether a text has the shape that RFC 3339 section 5.6 prescribes.
///
/// The parser behind accepts more (blanks for the `T`, zone names, hours without minutes).
fn has_rfc3339_shape(text: &[u8]) -> bool {
    const PATTERN: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    const OFFSET: &[u8] = b"dd:dd";
    let fits = |pattern: &[u8], text: &[u8]| {
        pattern.len() == text.len()
            && pattern.iter().zip(text).all(|(p, c)| match p {
                b'd' => c.is_ascii_digit(),
                _ => c.eq_ignore_ascii_case(p),
            })
    };
    if text.len() <= PATTERN.len() {
        return false;
    }
    let (date_time, mut rest) = text.split_at(PATTERN.len());
    // The parser behind takes second 60 for 59, and offsets of more than a day; leap seconds are refused, since which
    // minutes have one is not known ahead.
    if !fits(PATTERN, date_time) || date_time.ends_with(b"60") {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        rest = &fraction[digits..];
    }
    match rest {
        [z] => z.eq_ignore_ascii_case(&b'Z'),
        [b'+' | b'-', offset @ ..] => fits(OFFSET, offset) && &offset[..2] < b"24" && &offset[3..] < b"60",
        _ => false,
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds, as in `2026-04-20T10:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc3339_allows() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.25Z", 250),
            ("1970-01-01t02:00:00z", 7_200_000),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1970-01-01T23:59:00+23:59", 0),
            ("1970-01-01T00:00:00.123456789-00:30", 1_800_123),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Ok(Timestamp(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "now",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00Z",
            "1970-01-01T00:00:00+02",
            "1970-01-01T00:00:00+0200",
            "1970-01-01T00:00:00Z[Europe/Berlin]",
            "1970-02-30T00:00:00Z",
            "1970-01-01T25:00:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00Z ",
            "+001970-01-01T00:00:00Z",
            "１９７０-01-01T00:00:00Z",
            "1970-01-01T05:48:21+24:00",
            "1970-01-01T05:48:21+25:59",
            "1970-01-01T05:48:21-24:00",
            "1970-01-01T05:48:21+23:60",
            "1970-01-01T10:30:60Z",
            "2016-12-31T23:59:60Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Err(NotRfc3339), "{text}");
        }
    }

    #[test]
    fn prints_milliseconds_in_utc() {
        assert_eq!(Timestamp(1_776_679_200_007).to_string(), "2026-04-20T10:00:00.007Z");
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_again(millis in 0_i64..253_402_300_799_999) {
            let time = Timestamp(millis);
            proptest::prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Ok(time));
        }
    }
}
