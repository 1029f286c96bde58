//! Phone numbers in the international form of E.164, read from how people write them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::country::{Country, with_zero_in_brackets};
use super::letters::{decimal_digit, is_blank, is_dash, shown, trimmed};
use crate::limits::{PHONE_MAX_DIGITS, PHONE_MIN_DIGITS};

/// A phone number as 7 to 15 digits, country code first, without `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPhoneNumber {
    /// It has not so many digits as a number has.
    #[error("must be 7 to 15 digits with the country code, such as +1 650 555 1234")]
    Length,
    /// It begins with 0, and nobody says in which country.
    #[error(
        "begins with 0, so the country code is missing: write it as in +49 171 3920001, or set defaultCountry"
    )]
    NoCountry,
    /// It begins with 0, which no country code does.
    #[error("must begin with a country code, which never begins with 0, such as +1 650 555 1234")]
    LeadingZero,
    /// It begins with 0, and so is no number of its country.
    #[error("is not written like a number of {0}: write it with its country code, such as +1 650 555 1234")]
    NotOfCountry(Country),
    /// It is a number to calculate with, whose digits may be others than the written ones.
    #[error(
        "looks rounded by a spreadsheet, or negative: give its digits as a text, such as +1 650 555 1234"
    )]
    Calculated,
    /// It has a character that no number has.
    #[error("holds the character {}: only digits, +, blanks, -, ., / and brackets may stand in it", shown(*.0))]
    Character(char),
}

/// A number as it is written. One that begins with 0 is of a country that must be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenNumber {
    /// With its country code.
    International(PhoneNumber),
    /// As at home, and beginning with 0: its digits.
    National(String),
}

impl WrittenNumber {
    /// Reads a number as people and their programs write it. Blanks, dashes, points, slashes, brackets and characters that
    /// are not seen are dropped, digits of other scripts are read as ours, `00` in front is `+`, and so on: all of it is in
    /// `docs/API.md`.
    ///
    /// # Errors
    /// When it is no number, with the reason.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        let text = unwrapped(text);
        if is_calculated(text) {
            return Err(NotAPhoneNumber::Calculated);
        }
        let Signs { has_plus, digits, zero_in_brackets } = Signs::read(text)?;
        let (digits, zero_in_brackets, has_plus) = match digits.strip_prefix("00") {
            Some(rest) if !has_plus => (rest, zero_in_brackets.and_then(|at| at.checked_sub(2)), true),
            _ => (digits.as_str(), zero_in_brackets, has_plus),
        };
        if !has_plus && digits.starts_with('0') {
            return Ok(Self::National(digits.to_owned()));
        }
        let resolved =
            zero_in_brackets.and_then(|at| with_zero_in_brackets(&digits[..at], &digits[at + 1..]));
        PhoneNumber::of_digits(resolved.as_deref().unwrap_or(digits)).map(Self::International)
    }

    /// The number, if it is written in this country.
    ///
    /// # Errors
    /// When its country is not known, or has no such number.
    pub fn in_country(self, country: Option<Country>) -> Result<PhoneNumber, NotAPhoneNumber> {
        let national = match self {
            Self::International(number) => return Ok(number),
            Self::National(digits) => digits,
        };
        let country = country.ok_or(NotAPhoneNumber::NoCountry)?;
        let digits = country.international(&national).ok_or(NotAPhoneNumber::NotOfCountry(country))?;
        PhoneNumber::of_digits(&digits)
    }
}

/// What stands in a text, apart from what only divides it.
struct Signs {
    has_plus: bool,
    digits: String,
    /// Which of the digits is a zero in brackets of its own.
    zero_in_brackets: Option<usize>,
}

impl Signs {
    fn read(text: &str) -> Result<Self, NotAPhoneNumber> {
        let mut signs = Self { has_plus: false, digits: String::new(), zero_in_brackets: None };
        let mut opened = None;
        for letter in text.chars() {
            let at = signs.digits.len();
            match letter {
                '(' | '（' => opened = Some(at),
                ')' | '）' => {
                    let is_zero = |from: &usize| signs.digits[*from..] == *"0";
                    signs.zero_in_brackets = opened.take().filter(is_zero).or(signs.zero_in_brackets);
                }
                '+' | '＋' | '﹢' if at == 0 && !signs.has_plus => signs.has_plus = true,
                '.' | '．' | '/' | '／' => {}
                _ if is_blank(letter) || is_dash(letter) => {}
                _ => signs.digits.push(decimal_digit(letter).ok_or(NotAPhoneNumber::Character(letter))?),
            }
        }
        Ok(signs)
    }
}

/// A text without what links and spreadsheets put around a number: `tel:…`, `'…`, `="…"`.
fn unwrapped(text: &str) -> &str {
    let text = trimmed(text);
    let formula = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = trimmed(formula.unwrap_or(text));
    let text = trimmed(text.strip_prefix('\'').unwrap_or(text));
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => trimmed(&text[4..]),
        _ => text,
    }
}

/// Whether a text is how a spreadsheet writes a number that it calculates with: with an exponent, with one point and
/// nothing but zeros behind it, or with a minus in front. Digits may be lost in it, or one too many.
fn is_calculated(text: &str) -> bool {
    let is_digit = |letter: char| decimal_digit(letter).is_some();
    let is_negative =
        text.strip_prefix(['-', '\u{2212}']).is_some_and(|rest| trimmed(rest).starts_with(is_digit));
    let is_rounded = text.split_once(['.', '．']).is_some_and(|(_, behind)| {
        !behind.is_empty() && behind.chars().all(|letter| decimal_digit(letter) == Some('0'))
    });
    let has_exponent = text.split_once(['e', 'E']).is_some_and(|(before, behind)| {
        before.ends_with(is_digit) && behind.trim_start_matches(['+', '-', '\u{2212}']).starts_with(is_digit)
    });
    is_negative || is_rounded || has_exponent
}

impl PhoneNumber {
    /// Reads a number that has its country code, as people write it.
    ///
    /// # Errors
    /// When it is no number, or has no country code.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        WrittenNumber::parse(text)?.in_country(None)
    }

    fn of_digits(digits: &str) -> Result<Self, NotAPhoneNumber> {
        if !(PHONE_MIN_DIGITS..=PHONE_MAX_DIGITS).contains(&digits.len()) {
            Err(NotAPhoneNumber::Length)
        } else if digits.starts_with('0') {
            Err(NotAPhoneNumber::LeadingZero)
        } else {
            Ok(Self(digits.to_owned()))
        }
    }

    /// The digits alone.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotAPhoneNumber;

    /// From the form in which it is stored. Rows from before country codes were required may begin with 0.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let right_length = (PHONE_MIN_DIGITS..=PHONE_MAX_DIGITS).contains(&text.len());
        if right_length && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text));
        }
        Err(NotAPhoneNumber::Length)
    }
}

impl From<PhoneNumber> for String {
    fn from(phone: PhoneNumber) -> Self {
        phone.0
    }
}
