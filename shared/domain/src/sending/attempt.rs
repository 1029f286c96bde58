//! One attempt to send a message: what the provider's answer means for the message and for its session.

use crate::limits::{RETRIES_MAX, RETRY_BASE_MS};
use crate::message::{Message, MessageError};
use crate::sending::pacer::HoldReason;
use crate::values::ids::CampaignId;
use crate::values::time::Timestamp;

/// What a provider call came to. Every adapter maps all that can happen to one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it.
    Accepted {
        /// Its id there; some engines do not tell.
        provider_message_id: Option<String>,
    },
    /// It was surely not sent, and the same call may succeed later.
    Transient(MessageError),
    /// It was surely not sent, and never will be.
    Permanent(MessageError),
    /// It was surely not sent, and the provider would refuse it to every recipient, so that a campaign would use up its whole
    /// list. Its campaign is paused, and it waits; without a campaign it has failed.
    RequestRefused(MessageError),
    /// It was surely not sent, for a reason that concerns this recipient and passes: it waits, without an attempt.
    RecipientHeld {
        /// Why, for whoever looks at it while it waits.
        error: MessageError,
        /// How long to wait, in milliseconds.
        hold_ms: i64,
    },
    /// It was surely not sent, since the account may not open new chats for now; those it has written with go on.
    NewContactsHeld {
        /// Why, for whoever looks at it while it waits.
        error: MessageError,
        /// How long to keep from new contacts, in milliseconds.
        hold_ms: i64,
    },
    /// It was surely not sent, for a reason that concerns every message of the session.
    SessionTrouble {
        /// Why.
        reason: HoldReason,
        /// A sentence that a person understands.
        detail: String,
        /// How long to hold the session, in milliseconds, when the provider says; otherwise it grows from failure to failure.
        hold_ms: Option<i64>,
    },
    /// Nobody knows whether it was sent: the answer was lost, or came too late.
    Unknown(String),
}

/// What becomes of a message after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The provider took it.
    Sent {
        /// When.
        at: Timestamp,
        /// Its id there.
        provider_message_id: Option<String>,
        /// Provider calls so far.
        attempts: u32,
    },
    /// Back in line.
    Requeued {
        /// Not before this time.
        due: Timestamp,
        /// Provider calls so far.
        attempts: u32,
        /// What went wrong, for whoever looks at it while it waits.
        error: Option<MessageError>,
    },
    /// Given up.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        error: MessageError,
        /// Provider calls so far.
        attempts: u32,
    },
}

/// How long to wait before the next attempt after `attempts` of them: 5, 10, 20 s; none after the last.
pub fn retry_delay_ms(attempts: u32) -> Option<i64> {
    (1..=RETRIES_MAX).contains(&attempts).then(|| RETRY_BASE_MS << (attempts - 1))
}

/// Decides what becomes of a message after an attempt that ended at `at` (`bounded_retries`, `no_blind_resend`).
///
/// `repeatable` says that the provider recognises our message id and would not send a second time.
pub fn progress(message: &Message, outcome: &Outcome, at: Timestamp, repeatable: bool) -> Progress {
    let attempts = message.attempts + 1;
    match outcome {
        Outcome::Accepted { provider_message_id } => {
            Progress::Sent { at, provider_message_id: provider_message_id.clone(), attempts }
        }
        Outcome::Transient(error) => retried(attempts, unless_unknown(message, error), at),
        Outcome::Permanent(error) => Progress::Failed { at, error: unless_unknown(message, error), attempts },
        Outcome::RequestRefused(error) if keeps_refused(message, error) => {
            kept(message, Some(unless_unknown(message, error)))
        }
        Outcome::RequestRefused(error) => {
            Progress::Failed { at, error: unless_unknown(message, error), attempts }
        }
        Outcome::RecipientHeld { error, hold_ms } | Outcome::NewContactsHeld { error, hold_ms } => {
            Progress::Requeued {
                due: at.plus_millis(*hold_ms),
                attempts: message.attempts,
                error: Some(unless_unknown(message, error)),
            }
        }
        Outcome::SessionTrouble { .. } => unsent(message),
        Outcome::Unknown(why) if repeatable => retried(attempts, MessageError::outcome_unknown(why), at),
        Outcome::Unknown(why) => Progress::Failed { at, error: MessageError::outcome_unknown(why), attempts },
    }
}

/// Whether a message whose request was refused waits, its campaign paused. It does the first time, since the refusal may
/// concern all of its campaign. A second time it has failed: it may be the message alone, which must not stop the others.
pub fn keeps_refused(message: &Message, refusal: &MessageError) -> bool {
    let was_refused = message.error.as_ref().is_some_and(|error| error.code == refusal.code);
    CampaignId::of(message.message_id).is_some() && !was_refused
}

/// Back in line at the place it had, without an attempt.
pub fn unsent(message: &Message) -> Progress {
    kept(message, message.error.clone())
}

fn kept(message: &Message, error: Option<MessageError>) -> Progress {
    let due = message.pending_key.map_or(message.created_at, |key| key.due);
    Progress::Requeued { due, attempts: message.attempts, error }
}

/// The error of a message after one more failed attempt. An earlier attempt of unknown outcome may still have sent it.
fn unless_unknown(message: &Message, error: &MessageError) -> MessageError {
    message.error.clone().filter(MessageError::is_outcome_unknown).unwrap_or_else(|| error.clone())
}

fn retried(attempts: u32, error: MessageError, at: Timestamp) -> Progress {
    match retry_delay_ms(attempts) {
        Some(delay) => Progress::Requeued { due: at.plus_millis(delay), attempts, error: Some(error) },
        None => Progress::Failed { at, error, attempts },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Inbound;
    use crate::message::inbound::{Arrival, Sender, message};
    use crate::message::{Content, ContentType, Retention};
    use crate::values::ids::{AccountId, MessageId, SessionId};
    use crate::values::phone::PhoneNumber;

    fn sample() -> Message {
        let at = Timestamp::from_millis(1_000_000);
        let text = Some("hello".to_owned());
        let content = Content { text, ..Content::empty(ContentType::Text) };
        let arrival = Arrival {
            provider_message_id: "id".to_owned(),
            at,
            sender: Sender::Phone(PhoneNumber::parse("16505551234").unwrap()),
            content,
            inbound: Inbound::default(),
        };
        message((AccountId::new(at, 1), SessionId::new(at, 2)), arrival, 3, at, Retention::default())
    }

    /// It may be the recipient after all: it is not called first again and again, its campaign paused each time.
    #[test]
    fn a_request_that_is_refused_twice_has_failed() {
        let refusal = MessageError::new("request_refused", "no");
        let outcome = Outcome::RequestRefused(refusal.clone());
        let at = Timestamp::from_millis(1_000_000);
        let row = CampaignId::new(at, 1).message(1);
        for (message_id, error, waits) in [
            (row, None, true),
            (row, Some(MessageError::new("provider_unavailable", "later")), true),
            (row, Some(refusal.clone()), false),
            (MessageId::new(at, 7), None, false),
        ] {
            let message = Message { message_id, error, ..sample() };
            let next = progress(&message, &outcome, at, false);
            assert_eq!(matches!(next, Progress::Requeued { .. }), waits, "{message:?}");
            assert_eq!(keeps_refused(&message, &refusal), waits);
        }
    }

    #[test]
    fn retries_wait_5_10_20_seconds_and_end() {
        let delays: Vec<Option<i64>> = (0..6).map(retry_delay_ms).collect();
        assert_eq!(delays, [None, Some(5_000), Some(10_000), Some(20_000), None, None]);
    }
}
