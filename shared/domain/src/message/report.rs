//! What providers report of messages that were sent, and which message they mean.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::message::{Direction, Message, MessageError};
use crate::tuning::UNKNOWN_SETTLED_WITHIN_MS;
use crate::values::ids::MessageId;
use crate::values::phone::PhoneNumber;
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// A provider's report: a message has entered a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The state.
    pub status: Status,
    /// When.
    pub at: Timestamp,
    /// The provider's id of the message, where that may be news to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_message_id: Option<String>,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<MessageError>,
}

/// The code of a message that the provider took, and reported as failed later.
pub const NOT_DELIVERED: &str = "not_delivered";

impl Report {
    /// A report of a state, without anything more.
    pub const fn new(status: Status, at: Timestamp) -> Self {
        Self { status, at, provider_message_id: None, error: None }
    }

    /// Why the message failed, when it did.
    pub fn failure(&self) -> MessageError {
        let unexplained =
            || MessageError::new(NOT_DELIVERED, "The provider reports that it was not delivered.");
        self.error.clone().unwrap_or_else(unexplained)
    }
}

/// Which message a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum About {
    /// The provider has brought our own id back.
    OurId {
        /// The message.
        message_id: MessageId,
    },
    /// The provider names its own id, and what else it knows.
    TheirId {
        /// The provider's id.
        provider_message_id: String,
        /// The recipient, if the provider reports it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<PhoneNumber>,
        /// The text, if the provider reports it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

/// The prefixes of ids whose reports bring our own id back: those of the sandbox and of the Cloud API. They need not be
/// found by themselves.
const IDS_NEVER_LOOKED_UP: [&str; 2] = ["sandbox-", "wamid."];

/// Whether a provider's reports name a message by this id alone, so that it must be found by it.
pub fn is_looked_up(provider_message_id: &str) -> bool {
    !IDS_NEVER_LOOKED_UP.iter().any(|prefix| provider_message_id.starts_with(prefix))
}

/// The prefix of ids that WhatsApp Web gives, and so everything that sends by an API. A phone gives others.
const COMPANION_ID: &str = "3EB0";

/// The id that a message is sent under where an engine lets the caller choose: of the form that WhatsApp Web gives, and
/// the same each time, so that reports about it are recognised. 72 bits of a hash: no two messages share one.
pub fn own_core_id(message_id: MessageId) -> String {
    use std::fmt::Write;
    let hash = Sha256::digest(message_id.as_uuid().as_bytes());
    hash.iter().take(9).fold(COMPANION_ID.to_owned(), |mut id, byte| {
        let _ = write!(id, "{byte:02X}");
        id
    })
}

/// Whether a report with an id that we do not know can be about a message of unknown outcome at all.
pub fn may_settle_unknown(provider_message_id: &str, to: Option<&PhoneNumber>) -> bool {
    to.is_some() || provider_message_id.starts_with(COMPANION_ID)
}

/// Which of the messages of unknown outcome a report with an id that we do not know is about, if that is certain enough.
///
/// It is the one that was sent under this id, if there is one. Otherwise it must have gone to the same number, not long before,
/// and not from the phone itself. If the report has no text, there must be only one such message; if it has, it is the first
/// with the same text.
pub fn settled<'a>(
    unknown: &'a [Message],
    provider_message_id: &str,
    to: Option<&PhoneNumber>,
    text: Option<&str>,
    at: Timestamp,
) -> Option<&'a Message> {
    let by_id = |message: &&Message| own_core_id(message.message_id) == provider_message_id;
    if let Some(message) = unknown.iter().find(by_id) {
        return Some(message);
    }
    let to = to.filter(|_| provider_message_id.starts_with(COMPANION_ID))?;
    let fits = |message: &&Message| {
        let tried_at = message.times.sending_at.unwrap_or(message.created_at);
        let said = message.content.caption().unwrap_or_default();
        message.direction == Direction::Outbound
            && message.to.number() == Some(to)
            && message.error.as_ref().is_some_and(MessageError::is_outcome_unknown)
            && (-MINUTE_MS..UNKNOWN_SETTLED_WITHIN_MS).contains(&at.millis_since(tried_at))
            && text.is_none_or(|text| text == said)
    };
    let mut fitting: Vec<&Message> = unknown.iter().filter(fits).collect();
    fitting.sort_by_key(|message| message.message_id);
    match (fitting.as_slice(), text) {
        ([only], _) => Some(only),
        ([first, ..], Some(_)) => Some(first),
        _ => None,
    }
}

/// Clocks of providers are not exact, and some report whole seconds only.
const MINUTE_MS: i64 = 60_000;
