//! Parts of bodies that all providers have.

use domain::limits::{INBOUND_DETAILS_MAX_CHARS, INBOUND_NAME_MAX_CHARS, MEDIA_URL_MAX_CHARS};
use domain::message::Inbound;
use domain::message::inbound::Sender;
use domain::message::{Content, ContentType};
use domain::values::contact::Contact;
use domain::values::phone::PhoneNumber;
use domain::values::time::Timestamp;
use serde_json::Value;

/// A text that is there, not empty, and cut to a length that can be kept.
pub(in crate::providers) fn name(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(text.chars().take(INBOUND_NAME_MAX_CHARS).collect())
}

/// A text that is there, and not empty.
pub(in crate::providers) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What a provider says of something that has no place of its own.
pub(in crate::providers) fn details(value: &Value) -> Option<String> {
    let text = value.to_string();
    (!value.is_null()).then(|| text.chars().take(INBOUND_DETAILS_MAX_CHARS).collect())
}

/// A URL of media; one that is too long to be kept is none.
pub(in crate::providers) fn url(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.is_empty() && text.chars().count() <= MEDIA_URL_MAX_CHARS).then(|| text.to_owned())
}

/// A time in seconds, as a number or a text of digits.
pub(in crate::providers) fn seconds(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    // Far beyond any year; more would overflow.
    (0..=253_402_300_799).contains(&seconds).then(|| Timestamp::from_millis(seconds * 1000))
}

/// The number in digits alone, as providers write them.
pub(in crate::providers) fn phone(digits: &str) -> Option<PhoneNumber> {
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| PhoneNumber::parse(digits).ok()).flatten()
}

/// A contact that is known by `<n>@lid` alone; `<n>:<device>@lid` is a device of it.
pub(in crate::providers) fn hidden(name: &str) -> Option<Sender> {
    let digits = name.strip_suffix("@lid")?.split(':').next()?;
    let contact = Contact::parse(&format!("{digits}@lid")).ok()?;
    Some(Sender::Hidden(contact, name.chars().take(100).collect()))
}

/// A text.
pub(in crate::providers) fn plain(text: Option<String>) -> Content {
    Content { text, ..Content::empty(ContentType::Text) }
}

/// Something else than the types that can be sent.
pub(in crate::providers) fn other(kind: &str, says: Option<String>, about: &Value) -> (Content, Inbound) {
    let kind = kind.chars().take(60).collect();
    (plain(says), Inbound { kind: Some(kind), details: details(about), ..Inbound::default() })
}
