//! Places in the stream of the messages' table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Digits of a sequence number, at most (DynamoDB).
const SEQUENCE_DIGITS: usize = 40;

/// The place of a change in its stream. Filled up with zeros on its left, so that texts compare as numbers do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SequenceNumber(String);

/// A text is not a sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sequence number of at most 40 digits")]
pub struct NotASequenceNumber;

impl FromStr for SequenceNumber {
    type Err = NotASequenceNumber;

    fn from_str(text: &str) -> Result<Self, NotASequenceNumber> {
        let is_one =
            (1..=SEQUENCE_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_one { Ok(Self(format!("{text:0>SEQUENCE_DIGITS$}"))) } else { Err(NotASequenceNumber) }
    }
}

impl TryFrom<String> for SequenceNumber {
    type Error = NotASequenceNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SequenceNumber> for String {
    fn from(number: SequenceNumber) -> Self {
        number.0
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn sequence_numbers_compare_as_numbers(a: u128, b: u128) {
            let read = |number: u128| number.to_string().parse::<SequenceNumber>().unwrap();
            proptest::prop_assert_eq!(read(a).cmp(&read(b)), a.cmp(&b));
            proptest::prop_assert_eq!(read(a).to_string().parse(), Ok(read(a)));
        }
    }
}
