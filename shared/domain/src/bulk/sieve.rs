//! Which recipients a campaign is sent to, and with which text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::rejection::{Place, Rejection, RowCode};
use super::text::{NotATemplate, NotRendered, Template, Variables};
use crate::limits::{FIELD_NAME_SHOWN_MAX_CHARS, TEXT_MAX_CHARS};
use crate::providers::ProviderKind;
use crate::values::contact::{Contact, WrittenRecipient};
use crate::values::country::Country;
use crate::values::letters::{has_visible, trimmed};

/// How the recipients of a list are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipientRules {
    /// The country of numbers that begin with 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_country: Option<Country>,
    /// Which provider they are sent to by, once that is known: not each knows all kinds of recipients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
}

/// A recipient as it was given.
pub struct Recipient<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its phone number, in any form.
    pub phone: Cow<'a, str>,
    /// Its own text, if it has one.
    pub message: Option<&'a str>,
    /// What it brings for variables.
    pub variables: &'a dyn Variables,
}

/// A recipient that a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Its number, or its name at WhatsApp.
    pub to: Contact,
    /// Its text.
    pub text: String,
}

/// Lets recipients through that can be sent to, each number once with each text.
#[derive(Debug)]
pub struct Sieve<'a> {
    rules: RecipientRules,
    default_message: Option<Template<'a>>,
    /// Hashes of number and text, since a million texts would not fit: 16 bytes for each recipient.
    seen: HashSet<u128>,
}

impl<'a> Sieve<'a> {
    /// For a campaign with this text for recipients that have none of their own.
    ///
    /// # Errors
    /// When the text is no template.
    pub fn new(default_message: Option<&'a str>, rules: RecipientRules) -> Result<Self, NotATemplate> {
        let default_message = default_message.map(Template::compile).transpose()?;
        Ok(Self { rules, default_message, seen: HashSet::new() })
    }

    /// Decides about one recipient.
    ///
    /// # Errors
    /// Why it is rejected.
    pub fn pass(&mut self, recipient: &Recipient<'_>) -> Result<Addressed, Rejection> {
        let reject =
            |field, code, detail| Rejection::new(recipient.place, &recipient.phone, field, code, detail);
        let to = self.contact(&recipient.phone).map_err(|(code, detail)| reject("phone", code, detail))?;
        let text = self.text(recipient).map_err(|(code, detail)| reject("message", code, detail))?;
        if self.seen.insert(fingerprint(to.as_str(), &text)) {
            return Ok(Addressed { to, text });
        }
        let detail = "the same phone with the same text was there before".to_owned();
        Err(reject("", RowCode::Duplicate, detail))
    }

    fn contact(&self, phone: &str) -> Result<Contact, (RowCode, String)> {
        if trimmed(phone).is_empty() {
            return Err((RowCode::Required, "phone is missing".to_owned()));
        }
        let RecipientRules { default_country, provider } = self.rules;
        let read = WrittenRecipient::parse(phone).and_then(|written| written.in_country(default_country));
        let (contact, naming) = read.map_err(|error| (RowCode::InvalidFormat, format!("phone {error}")))?;
        match provider.map(|provider| provider.check_naming(naming)) {
            Some(Err(error)) => Err((RowCode::NotSupportedByProvider, format!("phone {error}"))),
            Some(Ok(())) | None => Ok(contact),
        }
    }

    fn text(&self, recipient: &Recipient<'_>) -> Result<String, (RowCode, String)> {
        let own = recipient.message.filter(|text| !text.is_empty()).map(own_template).transpose()?;
        let Some(template) = own.as_ref().or(self.default_message.as_ref()) else {
            return Err((RowCode::Required, "message is missing, and there is no defaultMessage".to_owned()));
        };
        match template.render(recipient.variables) {
            Ok(text) if !has_visible(&text) => Err(nothing_to_see(template)),
            Ok(text) => Ok(text),
            Err(error) => Err(refusal(error)),
        }
    }
}

/// The text of one recipient.
fn own_template(text: &str) -> Result<Template<'_>, (RowCode, String)> {
    if text.chars().count() > TEXT_MAX_CHARS {
        return Err((RowCode::TooLong, format!("message must have at most {TEXT_MAX_CHARS} characters")));
    }
    let wrong = |NotATemplate| (RowCode::InvalidTemplate, format!("message is wrong: {NotATemplate}"));
    Template::compile(text).map_err(wrong)
}

fn nothing_to_see(template: &Template<'_>) -> (RowCode, String) {
    let detail = if template.has_variables() {
        "message is empty once its variables are filled in"
    } else {
        "message has nothing in it that can be seen"
    };
    (RowCode::Required, detail.to_owned())
}

fn refusal(error: NotRendered) -> (RowCode, String) {
    match error {
        NotRendered::Missing(name) => {
            let shown: String = name.chars().take(FIELD_NAME_SHOWN_MAX_CHARS).collect();
            (RowCode::MissingVariable, format!("the variable {shown} of the message has no value"))
        }
        NotRendered::TooLong => (
            RowCode::TooLong,
            format!("message has more than {TEXT_MAX_CHARS} characters once its variables are filled in"),
        ),
    }
}

/// 128 bits of number and text: among a million recipients, two that differ get the same with a chance below 2^-88.
fn fingerprint(phone: &str, text: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, phone, text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
