//! Phone numbers in the international form of E.164.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{PHONE_MAX_DIGITS, PHONE_MIN_DIGITS};

/// A phone number as 7 to 15 digits, country code first, without `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// A text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 7 to 15 digits with the country code, such as +1 650 555 1234; only +, blanks, -, ( and ) may stand between"
)]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// Reads a number as people write it: `+`, blanks, `-`, `(` and `)` are dropped, the rest must be digits.
    ///
    /// # Errors
    /// When anything else is in the text, or the count of digits is wrong.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        let digits: String = text.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')')).collect();
        let right_length = (PHONE_MIN_DIGITS..=PHONE_MAX_DIGITS).contains(&digits.len());
        if right_length && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(NotAPhoneNumber)
        }
    }

    /// The digits alone.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The number as it may appear in a log: all but the last three digits hidden.
    pub fn masked(&self) -> String {
        let shown = self.0.len() - 3;
        format!("{}{}", "*".repeat(shown), &self.0[shown..])
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotAPhoneNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(phone: PhoneNumber) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_people_write_them() {
        for text in ["16505551234", "+1 (650) 555-1234", "+16505551234"] {
            assert_eq!(PhoneNumber::parse(text).unwrap().digits(), "16505551234", "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "",
            "123456",
            "1234567890123456",
            "1650555abcd",
            "1650.555.1234",
            "١٢٣٤٥٦٧٨",
            "+",
            "1650\t5551234",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(NotAPhoneNumber), "{text}");
        }
    }

    #[test]
    fn a_masked_number_keeps_three_digits() {
        assert_eq!(PhoneNumber::parse("16505551234").unwrap().masked(), "********234");
    }
}
