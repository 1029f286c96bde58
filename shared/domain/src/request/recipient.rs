//! The recipient of a message, and the country that numbers are of.

use serde_json::Value;

use super::fields::{FieldCode, Fields};
use crate::bulk::RecipientRules;
use crate::session::Session;
use crate::values::contact::{Contact, WrittenRecipient};
use crate::values::country::Country;

/// How recipients are read: as the session says, but for what the request says itself.
pub(super) fn default_country(fields: &mut Fields<'_>, session: Option<&Session>) -> RecipientRules {
    let rules = session.map(Session::recipient_rules).unwrap_or_default();
    RecipientRules { default_country: country(fields).or(rules.default_country), ..rules }
}

/// The field `defaultCountry`.
pub(super) fn country(fields: &mut Fields<'_>) -> Option<Country> {
    let text = fields.optional_text("defaultCountry");
    fields.parsed("defaultCountry", text, str::parse::<Country>)
}

/// The field `to`: a text, or a number as sheets and tools without code send it.
pub(super) fn recipient(fields: &mut Fields<'_>, rules: RecipientRules) -> Option<Contact> {
    let written = match fields.optional("to") {
        Some(Value::Number(number)) => WrittenRecipient::of_json(number),
        _ => WrittenRecipient::parse(fields.required_text("to")?),
    };
    let read = written.and_then(|written| written.in_country(rules.default_country));
    let (contact, naming) = match read {
        Ok(read) => read,
        Err(error) => {
            fields.note("to", FieldCode::InvalidFormat, &error.to_string());
            return None;
        }
    };
    match rules.provider.map(|provider| provider.check_naming(naming)) {
        Some(Err(error)) => {
            fields.note("to", FieldCode::NotSupportedByProvider, &error.to_string());
            None
        }
        Some(Ok(())) | None => Some(contact),
    }
}

#[cfg(feature = "schema")]
pub(super) fn schema() -> Value {
    serde_json::json!({
        "type": ["string", "integer"],
        "description": "A phone number with its country code, however it is written, or a chat: `<digits>@lid`, `<id>@g.us`.",
        "examples": ["+49 171 3920001"],
    })
}

#[cfg(feature = "schema")]
pub(super) fn country_schema() -> Value {
    serde_json::json!({
        "type": ["string", "null"], "pattern": "^([A-Za-z]{2})?$", "examples": ["DE"],
        "description": "The country of numbers that begin with 0 (ISO 3166); else the session's.",
    })
}
