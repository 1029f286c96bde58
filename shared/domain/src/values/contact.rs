//! Whom a session writes with: a phone number, or a chat or person that has another name at WhatsApp.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::country::Country;
use super::letters::trimmed;
use super::phone::{NotAPhoneNumber, PhoneNumber, WrittenNumber};
use crate::limits::CHAT_ID_MAX_CHARS;

/// Whom a session writes with. It is stored, and shown, as one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Contact {
    /// A phone number.
    Number(PhoneNumber),
    /// A person whose number WhatsApp hides: `<digits>@lid`.
    Hidden(String),
    /// A group: `<id>@g.us`.
    Group(String),
    /// A person by the id that the Cloud API has for them: `US.13491208655302741918`.
    User(String),
}

/// How a recipient is named. Not every provider knows all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By a phone number.
    Number,
    /// By a chat of WhatsApp Web: `<number>@c.us`, `<digits>@lid`, `<id>@g.us`.
    Chat,
    /// By an id of the Cloud API.
    User,
}

/// A recipient as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenRecipient {
    /// A phone number.
    Number(WrittenNumber),
    /// Anything else, and how it is named.
    Other(Contact, Naming),
}

/// Why a text names no recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecipient {
    /// It is no phone number.
    #[error(transparent)]
    Number(#[from] NotAPhoneNumber),
    /// It is a chat that nothing can be sent to.
    #[error(
        "is no chat to write to: a chat is <digits>@lid, <id>@g.us or <number>@c.us; else give a phone number"
    )]
    Chat,
}

impl WrittenRecipient {
    /// Reads a phone number, or the name of a chat or person.
    ///
    /// # Errors
    /// When it is none of them, with the reason.
    pub fn parse(text: &str) -> Result<Self, NotARecipient> {
        let name = trimmed(text);
        if let Some((id, server)) = name.split_once('@') {
            return chat(id, &server.to_ascii_lowercase()).ok_or(NotARecipient::Chat);
        }
        if is_user_id(name) {
            return Ok(Self::Other(Contact::User(name.to_owned()), Naming::User));
        }
        Ok(Self::Number(WrittenNumber::parse(text)?))
    }

    /// Reads a phone number that is a number in JSON: a whole one, whose digits are its own.
    ///
    /// # Errors
    /// When it is none, with the reason.
    pub fn of_json(number: &serde_json::Number) -> Result<Self, NotARecipient> {
        if number.is_f64() {
            return Err(NotAPhoneNumber::Calculated.into());
        }
        Self::parse(&number.to_string())
    }

    /// The contact, if a number that begins with 0 is of this country.
    ///
    /// # Errors
    /// When the country of a number is not known, or has no such number.
    pub fn in_country(self, country: Option<Country>) -> Result<(Contact, Naming), NotARecipient> {
        match self {
            Self::Number(number) => Ok((Contact::Number(number.in_country(country)?), Naming::Number)),
            Self::Other(contact, naming) => Ok((contact, naming)),
        }
    }
}

fn chat(id: &str, server: &str) -> Option<WrittenRecipient> {
    let is = |id: &str, allowed: &[u8]| {
        (1..=CHAT_ID_MAX_CHARS).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_digit() || allowed.contains(&byte))
    };
    let contact = match server {
        "lid" if is(id, b"") => Contact::Hidden(format!("{id}@lid")),
        "g.us" if is(id, b"-") => Contact::Group(format!("{id}@g.us")),
        "c.us" => Contact::Number(PhoneNumber::parse(id).ok().filter(|_| is(id, b""))?),
        _ => return None,
    };
    Some(WrittenRecipient::Other(contact, Naming::Chat))
}

/// Two capital letters (the country), a point, and letters and digits: what Meta calls a business-scoped user id.
fn is_user_id(name: &str) -> bool {
    let Some((country, id)) = name.split_once('.') else { return false };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=CHAT_ID_MAX_CHARS).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Contact {
    /// Reads a recipient whose country code is there, in any of the forms.
    ///
    /// # Errors
    /// When it is no recipient.
    pub fn parse(text: &str) -> Result<Self, NotARecipient> {
        WrittenRecipient::parse(text)?.in_country(None).map(|(contact, _)| contact)
    }

    /// The text that is stored and shown: digits, or the name of the chat or person.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Number(number) => number.digits(),
            Self::Hidden(name) | Self::Group(name) | Self::User(name) => name,
        }
    }

    /// The number, if that is what is known.
    pub const fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Number(number) => Some(number),
            Self::Hidden(_) | Self::Group(_) | Self::User(_) => None,
        }
    }

    /// The contact as it may appear in a log: all but three characters of its id are hidden.
    pub fn masked(&self) -> String {
        let text = self.as_str();
        let (id, server) = text.split_at(text.find('@').unwrap_or(text.len()));
        let hidden = id.len().saturating_sub(3);
        format!("{}{}{server}", "*".repeat(hidden), &id[hidden..])
    }
}

impl From<PhoneNumber> for Contact {
    fn from(number: PhoneNumber) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Contact {
    type Error = NotARecipient;

    /// From the form in which it is stored.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Number(PhoneNumber::try_from(text)?));
        }
        Self::parse(&text)
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.as_str().to_owned()
    }
}
