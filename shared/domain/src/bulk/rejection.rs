//! Rejected recipients, and why.

use crate::limits::REJECTED_PHONE_SHOWN_MAX_CHARS;
use crate::values::named::named;

/// Where a recipient stands in what was uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the list of a JSON body, counted from 0.
    Index(u64),
    /// In a CSV file: the line on which its record begins. The header is line 1.
    Line(u64),
}

impl Place {
    /// What the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Index(_) => "index",
            Self::Line(_) => "line",
        }
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        match self {
            Self::Index(number) | Self::Line(number) => number,
        }
    }
}

named! {
    /// Why a recipient was rejected. Stable: callers' programs read it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RowCode {
        /// It has no phone number, or no text.
        Required = "required",
        /// A value has another JSON type than it must have.
        WrongType = "wrong_type",
        /// Its phone number has not the form of one.
        InvalidFormat = "invalid_format",
        /// Its text is too long, or its record is.
        TooLong = "too_long",
        /// The same number with the same text was there before.
        Duplicate = "duplicate",
        /// Its text names a variable that it does not have.
        MissingVariable = "missing_variable",
        /// Its text holds something between `{{` and `}}` that is not the name of a variable.
        InvalidTemplate = "invalid_template",
        /// It is a chat or a person, whom the session's provider cannot send to by this name.
        NotSupportedByProvider = "not_supported_by_provider",
        /// Its record has more fields than the header.
        WrongFieldCount = "wrong_field_count",
    }
}

/// A rejected recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where it stands.
    pub place: Place,
    /// Its phone number as it was given, as far as it is shown.
    pub phone: String,
    /// The field of it that is wrong, as its object names it.
    pub field: &'static str,
    /// Why.
    pub code: RowCode,
    /// What would be right, as a sentence.
    pub detail: String,
}

impl Rejection {
    /// A rejected recipient. What a caller sent must not decide how large an answer is: of an overlong number
    /// only the beginning is kept.
    pub fn new(place: Place, phone: &str, field: &'static str, code: RowCode, detail: String) -> Self {
        let phone = phone.chars().take(REJECTED_PHONE_SHOWN_MAX_CHARS).collect();
        Self { place, phone, field, code, detail }
    }

    /// JSON pointer (RFC 6901) to what is wrong, in a JSON body.
    pub fn pointer(&self) -> String {
        match self.field {
            "" => format!("/recipients/{}", self.place.number()),
            field => format!("/recipients/{}/{field}", self.place.number()),
        }
    }
}
