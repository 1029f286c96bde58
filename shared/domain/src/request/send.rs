//! `POST /messages/send`.

use serde_json::Value;

use super::content::{Warning, content};
use super::fields::{FieldCode, FieldError, Fields};
use super::recipient::{default_country, recipient};
use super::time::scheduled_at;
use crate::message::{Content, Message, NewMessage, Retention};
use crate::session::Session;
use crate::values::contact::Contact;
use crate::values::fields::whole_number;
use crate::values::ids::{AccountId, MessageId, SessionId};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// A valid request to send one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// Through which session; whose it is remains to be checked.
    pub session_id: SessionId,
    /// To whom.
    pub to: Contact,
    /// What.
    pub content: Content,
    /// How urgent.
    pub priority: Priority,
    /// When, if not now.
    pub scheduled_at: Option<Timestamp>,
    /// What of the request counts for nothing.
    pub warnings: Vec<Warning>,
}

impl SendRequest {
    /// Reads a body. `session` is the one that it names, if its caller has it.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(body: &Value, now: Timestamp, session: Option<&Session>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(body)?;
        let session_id = session_id(&mut fields);
        let rules = default_country(&mut fields, session);
        let to = recipient(&mut fields, rules);
        let mut warnings = Vec::new();
        let content = content(&mut fields, &mut warnings);
        let priority = priority(&mut fields);
        let scheduled_at = scheduled_at(&mut fields, now);
        fields.finish()?;
        // Each part that is missing was noted above; this is never reached without them.
        match (session_id, to, content) {
            (Some(session_id), Some(to), Some(content)) => {
                Ok(Self { session_id, to, content, priority, scheduled_at, warnings })
            }
            _ => Err(vec![FieldError::body(FieldCode::Required, "the body is incomplete")]),
        }
    }

    /// The message that it asks for, accepted at `created_at`.
    pub fn message(
        self,
        account_id: AccountId,
        message_id: MessageId,
        created_at: Timestamp,
        retention: Retention,
    ) -> Message {
        let Self { session_id, to, content, priority, scheduled_at, .. } = self;
        Message::queued(NewMessage {
            session_id,
            message_id,
            account_id,
            to,
            content,
            priority,
            scheduled_at,
            created_at,
            retention,
        })
    }
}

/// The session that a body names, if it names one: before all else is read, since how that is read is the session's.
pub fn named_session(body: &Value) -> Option<SessionId> {
    body.get("sessionId")?.as_str()?.parse().ok()
}

pub(super) fn session_id(fields: &mut Fields<'_>) -> Option<SessionId> {
    let session_id = fields.required_text("sessionId");
    fields.parsed("sessionId", session_id, |text| {
        text.parse::<SessionId>().map_err(|_| "must be the UUID of one of your sessions")
    })
}

fn priority(fields: &mut Fields<'_>) -> Priority {
    const DETAIL: &str = "must be 1 (bot reply), 5 (normal) or 10 (bulk)";
    let Some(value) = fields.optional("priority") else { return Priority::Normal };
    if !value.is_number() && !value.is_string() {
        fields.note("priority", FieldCode::WrongType, DETAIL);
        return Priority::Normal;
    }
    let number = whole_number(value).and_then(|n| u8::try_from(n).ok());
    number.and_then(|n| Priority::try_from(n).ok()).unwrap_or_else(|| {
        fields.note("priority", FieldCode::OutOfRange, DETAIL);
        Priority::Normal
    })
}

#[cfg(feature = "schema")]
impl SendRequest {
    /// The schema of the body.
    pub fn schema() -> Value {
        let mut properties = serde_json::json!({
            "sessionId": { "type": "string", "format": "uuid", "description": "One of your sessions." },
            "to": super::recipient::schema(),
            "defaultCountry": super::recipient::country_schema(),
            "scheduledAt": super::time::schema(),
            "priority": {
                "description": "1: a bot's reply. 5: normal. 10: behind everything else.",
                "enum": [1, 5, 10, "1", "5", "10", "", null], "default": 5,
            },
        });
        if let Some(properties) = properties.as_object_mut() {
            properties.extend(super::content::schemas());
        }
        crate::schema::body(&["sessionId", "to"], &properties)
    }
}
