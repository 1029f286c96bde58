//! A message: what is to be sent, and all that is known about its way.

pub mod inbound;
pub mod pending;
pub mod report;

use serde::{Deserialize, Serialize};

use crate::limits::ERROR_DETAIL_MAX_CHARS;
use crate::message::pending::PendingKey;
use crate::values::contact::Contact;
use crate::values::fence::Fence;
use crate::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use crate::values::named::named;
use crate::values::phone::PhoneNumber;
use crate::values::priority::Priority;
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the account to a contact.
    Outbound,
    /// From a contact to the account.
    Inbound,
}

crate::inline_schema!(Direction, { "type": "string", "enum": [Direction::Outbound, Direction::Inbound] });

/// How long a message is kept once it has ended, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Retention(i64);

impl Retention {
    /// A retention of this many days.
    pub const fn days(days: u32) -> Self {
        Self(days as i64 * 86_400)
    }

    /// When what ended at this time may be dropped, in seconds since the Unix epoch, as time to live wants it.
    pub const fn after(self, end: Timestamp) -> i64 {
        end.as_seconds() + self.0
    }
}

/// What is kept if nothing else is said.
impl Default for Retention {
    fn default() -> Self {
        Self::days(90)
    }
}

named! {
    /// The kind of a message's content.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ContentType {
        /// Plain text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A document of any kind.
        File = "file",
        /// A voice message.
        Audio = "audio",
        /// A film.
        Video = "video",
    }
}

/// What is sent. Built by [`crate::request`], which makes sure that the parts fit the type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The kind.
    #[serde(rename = "type")]
    pub content_type: ContentType,
    /// The text of a text message; of a media message, the caption when there is no other.
    #[serde(rename = "message", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where the provider fetches the media from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// The text below the media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_caption: Option<String>,
    /// The name of the media's file, if its sender says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The type of the media, if its sender says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Whether a link in the text is shown with a preview, if its sender says so; it is, when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_preview: Option<bool>,
}

impl Content {
    /// Of this type, and nothing in it.
    pub const fn empty(content_type: ContentType) -> Self {
        Self {
            content_type,
            text: None,
            media_url: None,
            media_caption: None,
            file_name: None,
            mime_type: None,
            link_preview: None,
        }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::empty(ContentType::Text) }
    }

    /// Whether a link in the text is shown with a preview.
    pub fn has_link_preview(&self) -> bool {
        self.link_preview.unwrap_or(true)
    }

    /// The text that goes below the media.
    pub fn caption(&self) -> Option<&str> {
        self.media_caption.as_deref().or(self.text.as_deref())
    }
}

/// Why a message failed, for its caller: a stable code and a sentence that a person understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct MessageError {
    /// A stable `snake_case` code.
    pub code: String,
    /// A sentence that says what happened and, where possible, what to do.
    pub detail: String,
}

impl MessageError {
    /// The code of a send of which nobody knows whether it happened.
    pub const OUTCOME_UNKNOWN: &'static str = "outcome_unknown";

    /// The code of a row that cannot be read.
    pub const MALFORMED: &'static str = "malformed";

    /// A failure; an overlong detail (providers' texts have no limit) is cut.
    pub fn new(code: &str, detail: &str) -> Self {
        Self { code: code.to_owned(), detail: detail.chars().take(ERROR_DETAIL_MAX_CHARS).collect() }
    }

    /// Whether it is unknown if the message was sent.
    pub fn is_outcome_unknown(&self) -> bool {
        self.code == Self::OUTCOME_UNKNOWN
    }

    /// What is stored of it cannot be read.
    pub fn malformed() -> Self {
        Self::new(Self::MALFORMED, "What is stored of this message cannot be read; it was not sent.")
    }

    /// It was stored, but its ticket could not be sent; its sender was told that it was not kept.
    pub fn not_accepted() -> Self {
        Self::new("not_accepted", "The message could not be put in line, and the request was refused.")
    }

    /// Nobody knows whether the provider sent it, so it is not sent again (`no_blind_resend`).
    pub fn outcome_unknown(why: &str) -> Self {
        let detail = format!(
            "{why}; it may or may not have reached the recipient, so it was not sent again. A delivery report corrects this."
        );
        Self::new(Self::OUTCOME_UNKNOWN, &detail)
    }
}

/// When a message entered each state; `None` for those that it has not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StateTimes {
    /// Stored, and in line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// Last claimed by a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending_at: Option<Timestamp>,
    /// Taken by the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Reported as delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Reported as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// Given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// Came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// Cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
}

/// What is known of an inbound message beyond what all messages have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Inbound {
    /// What it is, when it is none of the types that can be sent: `reaction`, `button`, `location` and so on; what we do
    /// not know has the provider's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Who sent it, by the provider's name, when that holds no phone number: `<n>@lid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<String>,
    /// What its sender calls themselves at WhatsApp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// The provider's id of the message that it is about: answers, and reactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The provider's id of its media, where it gives no URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// The type of its media, such as `image/jpeg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The name of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What the provider says of a kind that has no place of its own, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// What a new message is made of. All else follows from it, or is absent at first: see [`Message::queued`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The session.
    pub session_id: SessionId,
    /// Its id; that of a campaign's row names the campaign.
    pub message_id: MessageId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// Its contact.
    pub to: Contact,
    /// What is sent.
    pub content: Content,
    /// How urgent it is.
    pub priority: Priority,
    /// When the caller wants it sent.
    pub scheduled_at: Option<Timestamp>,
    /// When it was accepted, or sent to us.
    pub created_at: Timestamp,
    /// How long it is kept from its end.
    pub retention: Retention,
}

/// A message as it is stored. The names of its fields are the names of the table's attributes, except the time to live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Partition key of the table.
    pub session_id: SessionId,
    /// Sort key of the table, and the `jobId` of the API.
    pub message_id: MessageId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// The campaign that it is a row of; the message's id contains the campaign's, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<CampaignId>,
    /// Which way it went.
    pub direction: Direction,
    /// Whom it goes to, or who sent it.
    pub to: Contact,
    /// Who sent an inbound message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PhoneNumber>,
    /// What is sent.
    #[serde(flatten)]
    pub content: Content,
    /// How urgent it is.
    pub priority: Priority,
    /// Its state.
    pub status: Status,
    /// How many provider calls were made for it.
    pub attempts: u32,
    /// The fence of the worker that claimed it last; zero when none did.
    pub fence: Fence,
    /// Its place in line, present only while it waits or is being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_key: Option<PendingKey>,
    /// Why it failed, or why the last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<MessageError>,
    /// The provider's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_message_id: Option<String>,
    /// When the caller wants it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// When the API accepted it.
    pub created_at: Timestamp,
    /// When it entered each state.
    #[serde(flatten)]
    pub times: StateTimes,
    /// How long it is kept once its way through the line has ended.
    #[serde(default)]
    pub retention: Retention,
    /// When DynamoDB may drop it, in seconds since the Unix epoch; absent while it waits or is being sent, however long.
    #[serde(rename = "ttl", default, skip_serializing_if = "Option::is_none")]
    pub delete_after: Option<i64>,
    /// The additional fields of an inbound message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<Inbound>,
}

impl Message {
    /// A message to send, in its place in line.
    pub fn queued(new: NewMessage) -> Self {
        let (priority, message_id, created_at) = (new.priority, new.message_id, new.created_at);
        let due = new.scheduled_at.map_or(created_at, |at| at.max(created_at));
        Self {
            pending_key: Some(PendingKey { priority, due, message_id }),
            times: StateTimes { queued_at: Some(created_at), ..StateTimes::default() },
            ..Self::new(new, Direction::Outbound, Status::Queued)
        }
    }

    /// A message that came in at `now`. One that comes late is kept just as long.
    pub fn received(new: NewMessage, now: Timestamp) -> Self {
        let end = new.created_at.max(now);
        Self {
            times: StateTimes { received_at: Some(now), ..StateTimes::default() },
            delete_after: Some(new.retention.after(end)),
            ..Self::new(new, Direction::Inbound, Status::Received)
        }
    }

    fn new(new: NewMessage, direction: Direction, status: Status) -> Self {
        Self {
            session_id: new.session_id,
            message_id: new.message_id,
            account_id: new.account_id,
            campaign_id: CampaignId::of(new.message_id),
            direction,
            to: new.to,
            from: None,
            content: new.content,
            priority: new.priority,
            status,
            attempts: 0,
            fence: Fence::default(),
            pending_key: None,
            error: None,
            provider_message_id: None,
            scheduled_at: new.scheduled_at,
            created_at: new.created_at,
            times: StateTimes::default(),
            retention: new.retention,
            delete_after: None,
            inbound: None,
        }
    }

    /// The same message, cancelled before its sender had an answer.
    #[must_use]
    pub fn withdrawn(&self, now: Timestamp) -> Self {
        Self {
            status: Status::Cancelled,
            pending_key: None,
            error: Some(MessageError::not_accepted()),
            times: StateTimes { cancelled_at: Some(now), ..self.times },
            delete_after: Some(self.retention.after(now)),
            ..self.clone()
        }
    }

    /// Where it is stored.
    pub const fn key(&self) -> MessageKey {
        MessageKey { session_id: self.session_id, message_id: self.message_id }
    }
}
