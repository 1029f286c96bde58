//! Countries, and how their numbers are written at home.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::countries::{COUNTRIES, Row, Zero};

/// A country that has a calling code, by its two letters of ISO 3166.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(&'static Row);

/// A text is not the name of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the two letters of a country in ISO 3166, such as DE, BR or US")]
pub struct NotACountry;

impl Country {
    /// Its two letters.
    pub const fn name(self) -> &'static str {
        self.0.0
    }

    /// The digits behind `+` of a number that is written as at home, and begins with 0; `None` when no number of the country
    /// is written so.
    ///
    /// A zero that may belong to the number stays if the number has a right length with it.
    pub(super) fn international(self, national: &str) -> Option<String> {
        let (_, code, zero, _) = *self.0;
        let without = |prefix: &str| national.strip_prefix(prefix).filter(|rest| self.has_length(rest));
        let number = match zero {
            Zero::Dropped(prefix) => without(prefix),
            Zero::Stays => Some(national).filter(|it| self.has_length(it)).or_else(|| without("0")),
            Zero::Never => None,
        };
        number.map(|number| format!("{code}{number}"))
    }

    const fn has_length(self, number: &str) -> bool {
        number.len() < 16 && self.0.3 & (1 << number.len()) != 0
    }
}

/// The digits of a number that is written with its calling code, and a zero in brackets behind that: `+44 (0)20 …`. `None`
/// when `code` is no calling code.
///
/// The zero stays where it belongs to the number.
pub(super) fn with_zero_in_brackets(code: &str, rest: &str) -> Option<String> {
    let mut of_code = COUNTRIES.iter().filter(|row| row.1.to_string() == code).peekable();
    of_code.peek()?;
    let with_zero = format!("0{rest}");
    let stays = of_code.find(|row| row.2 == Zero::Stays);
    let kept = stays.and_then(|row| Country(row).international(&with_zero));
    Some(kept.unwrap_or_else(|| format!("{code}{rest}")))
}

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Self, NotACountry> {
        let name = text.to_ascii_uppercase();
        let at = COUNTRIES.binary_search_by(|row| row.0.cmp(&name)).map_err(|_| NotACountry)?;
        Ok(Self(&COUNTRIES[at]))
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountry;

    fn try_from(text: String) -> Result<Self, NotACountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.name().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

crate::inline_schema!(Country, { "type": "string", "pattern": "^([A-Za-z]{2})?$", "examples": ["DE"] });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_two_letters() {
        for text in ["DE", "de", "De"] {
            assert_eq!(text.parse::<Country>().map(Country::name), Ok("DE"));
        }
        for text in ["", "ZZ", "UK", "Germany", "D", "49", "DÉ"] {
            assert_eq!(text.parse::<Country>(), Err(NotACountry), "{text}");
        }
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].0 < pair[1].0), "the table is in order");
    }
}
