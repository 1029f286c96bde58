//! Which recipients a campaign is sent to, and with which text.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use upon::Template;

use super::rejection::{Place, Rejection, RowCode};
use super::text::{NotATemplate, NotRendered, Templates, Variables};
use crate::limits::{FIELD_NAME_SHOWN_MAX_CHARS, TEXT_MAX_CHARS};
use crate::values::phone::PhoneNumber;

/// A recipient as it was given.
pub struct Recipient<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its phone number, in any form.
    pub phone: &'a str,
    /// Its own text, if it has one.
    pub message: Option<&'a str>,
    /// What it brings for variables.
    pub variables: &'a dyn Variables,
}

/// A recipient that a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Its number.
    pub to: PhoneNumber,
    /// Its text.
    pub text: String,
}

/// Lets recipients through that can be sent to, each number once with each text.
#[derive(Debug)]
pub struct Sieve<'a> {
    templates: Templates,
    default_message: Option<&'a str>,
    default_template: Option<Template<'a>>,
    /// Hashes of number and text, since a million texts would not fit: 16 bytes for each recipient.
    seen: HashSet<u128>,
}

impl<'a> Sieve<'a> {
    /// For a campaign with this text for recipients that have none of their own.
    ///
    /// # Errors
    /// When the text is no template.
    pub fn new(default_message: Option<&'a str>) -> Result<Self, NotATemplate> {
        let templates = Templates::default();
        let with_variables = default_message.filter(|text| Templates::has_variables(text));
        let default_template = with_variables.map(|text| templates.compile(text)).transpose()?;
        Ok(Self { templates, default_message, default_template, seen: HashSet::new() })
    }

    /// Decides about one recipient.
    ///
    /// # Errors
    /// Why it is rejected.
    pub fn pass(&mut self, recipient: &Recipient<'_>) -> Result<Addressed, Rejection> {
        let reject =
            |field, code, detail| Rejection::new(recipient.place, recipient.phone, field, code, detail);
        if recipient.phone.trim().is_empty() {
            return Err(reject("phone", RowCode::Required, "phone is missing".to_owned()));
        }
        let to = PhoneNumber::parse(recipient.phone)
            .map_err(|error| reject("phone", RowCode::InvalidFormat, format!("phone {error}")))?;
        let text = self.text(recipient).map_err(|(code, detail)| reject("message", code, detail))?;
        if self.seen.insert(fingerprint(to.digits(), &text)) {
            return Ok(Addressed { to, text });
        }
        let detail = "the same phone with the same text was there before".to_owned();
        Err(reject("", RowCode::Duplicate, detail))
    }

    fn text(&self, recipient: &Recipient<'_>) -> Result<String, (RowCode, String)> {
        let own = recipient.message.filter(|text| !text.is_empty());
        let Some(text) = own.or(self.default_message) else {
            return Err((RowCode::Required, "message is missing, and there is no defaultMessage".to_owned()));
        };
        if text.chars().count() > TEXT_MAX_CHARS {
            return Err((RowCode::TooLong, format!("message must have at most {TEXT_MAX_CHARS} characters")));
        }
        let rendered = match (own, &self.default_template) {
            (None, Some(template)) => self.templates.render_compiled(template, recipient.variables),
            _ if Templates::has_variables(text) => self.templates.render(text, recipient.variables),
            _ => Ok(text.to_owned()),
        };
        match rendered {
            Ok(text) if text.is_empty() => {
                Err((RowCode::Required, "message is empty once its variables are filled in".to_owned()))
            }
            Ok(text) => Ok(text),
            Err(error) => Err(refusal(error)),
        }
    }
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
        NotRendered::NotATemplate => (RowCode::InvalidTemplate, format!("message is wrong: {NotATemplate}")),
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
