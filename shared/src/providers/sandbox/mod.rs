//! The sandbox provider: sends nowhere, and behaves as the recipient's last four digits say.
//!
//! | number ends in | what happens |
//! |---|---|
//! | `0001` | two transient failures, then accepted |
//! | `0002` | fails, and is not retried |
//! | `0003` | times out: the outcome is unknown, and stays so, since nothing is ever reported |
//! | `0004` | a transient failure each time |
//! | `0005` | the session is disconnected and held for 15 s; the first message after the hold finds it connected again |
//! | `0006` | the sandbox refuses the request itself, as it would for every recipient |
//! | anything else | accepted |
//!
//! What is accepted is reported as delivered after 1 s and as read after 3 s. A text `echo: …` is answered by what
//! follows the colon, after 1 s. Reports and answers travel through the timer, as real ones travel by webhook.

use domain::message::{Content, ContentType, Message, MessageError};
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::sending::timer::TimerItem;
use domain::session::Session;
use domain::values::status::Status;

use super::error_code::{PROVIDER_REJECTED, PROVIDER_UNAVAILABLE, REQUEST_REFUSED};
use crate::ports::{Clock, Outgoing, PortError, Provider, SendLater};

/// How long a call takes: about as long as a near provider's.
const ANSWER_MS: i64 = 50;
/// How long a call without an answer takes: long enough to be seen, short enough not to keep a worker waiting.
const TIMEOUT_MS: i64 = 1_000;
/// How long a disconnected session is held.
const DISCONNECTED_HOLD_MS: i64 = 15_000;
/// When a message is delivered, and when it is answered.
const DELIVERED_S: u32 = 1;
/// When a message is read.
const READ_S: u32 = 3;
/// How often `0001` fails before it gets through.
const FAILURES_BEFORE_SUCCESS: u32 = 2;

/// What a test number's transient failure says.
const TEST_NUMBER: &str = "The sandbox was not available for a moment, as this test number asks for.";

/// How a number behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    Accepts,
    FailsTwice,
    Rejects,
    TimesOut,
    AlwaysFails,
    Disconnects,
    RefusesRequests,
}

impl Behaviour {
    fn of(message: &Message) -> Self {
        // Chats and people behave like any number.
        let digits = message.to.number().map_or("0000000", domain::values::phone::PhoneNumber::digits);
        match &digits[digits.len() - 4..] {
            "0001" => Self::FailsTwice,
            "0002" => Self::Rejects,
            "0003" => Self::TimesOut,
            "0004" => Self::AlwaysFails,
            "0005" => Self::Disconnects,
            "0006" => Self::RefusesRequests,
            _ => Self::Accepts,
        }
    }

    const fn answer_ms(self) -> i64 {
        match self {
            Self::TimesOut => TIMEOUT_MS,
            Self::Accepts
            | Self::FailsTwice
            | Self::Rejects
            | Self::AlwaysFails
            | Self::Disconnects
            | Self::RefusesRequests => ANSWER_MS,
        }
    }

    /// The outcome of a call that is not accepted.
    fn failure(self, attempts: u32, session_failures: u32) -> Option<Outcome> {
        match self {
            Self::FailsTwice if attempts < FAILURES_BEFORE_SUCCESS => Some(unavailable(TEST_NUMBER)),
            Self::AlwaysFails => Some(unavailable(TEST_NUMBER)),
            Self::Rejects => Some(rejected()),
            Self::TimesOut => Some(Outcome::Unknown("The sandbox did not answer in time".to_owned())),
            Self::Disconnects if session_failures == 0 => Some(disconnected()),
            Self::RefusesRequests => Some(request_refused()),
            Self::Accepts | Self::FailsTwice | Self::Disconnects => None,
        }
    }
}

/// A provider that sends nowhere.
#[derive(Debug)]
pub struct Sandbox<T, C> {
    timer: T,
    clock: C,
}

impl<T: SendLater, C: Clock> Sandbox<T, C> {
    /// A sandbox that reports through `timer`.
    pub const fn new(timer: T, clock: C) -> Self {
        Self { timer, clock }
    }

    async fn accept(&self, message: &Message) -> Outcome {
        match self.schedule(message).await {
            Ok(()) => {
                Outcome::Accepted { provider_message_id: Some(format!("sandbox-{}", message.message_id)) }
            }
            // A message whose reports are lost would stay `sent` forever; since nothing was sent, the call may be repeated.
            Err(error) => {
                tracing::warn!(%error, "the sandbox could not schedule its reports");
                unavailable("The sandbox could not schedule the delivery reports.")
            }
        }
    }

    async fn schedule(&self, message: &Message) -> Result<(), PortError> {
        let key = message.key();
        self.timer.send_later(&TimerItem::sandbox_report(key, Status::Delivered), DELIVERED_S).await?;
        self.timer.send_later(&TimerItem::sandbox_report(key, Status::Read), READ_S).await?;
        match echo(&message.content) {
            Some(text) => self.timer.send_later(&TimerItem::sandbox_reply(key, text), DELIVERED_S).await,
            None => Ok(()),
        }
    }
}

impl<T: SendLater, C: Clock> Provider for Sandbox<T, C> {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        let message = outgoing.message;
        let behaviour = Behaviour::of(message);
        self.clock.sleep(behaviour.answer_ms()).await;
        match behaviour.failure(message.attempts, outgoing.failures) {
            Some(failure) => failure,
            None => self.accept(message).await,
        }
    }

    /// No, although it would be: so that an unknown outcome shows what it does with a provider like most.
    fn repeats_safely(&self, _session: &Session) -> bool {
        false
    }
}

/// What the contact answers to a text `echo: …`.
fn echo(content: &Content) -> Option<String> {
    let text = content.text.as_deref().filter(|_| content.content_type == ContentType::Text)?;
    let answer = text.strip_prefix("echo:")?.trim();
    (!answer.is_empty()).then(|| answer.to_owned())
}

fn unavailable(detail: &str) -> Outcome {
    Outcome::Transient(MessageError::new(PROVIDER_UNAVAILABLE, detail))
}

fn rejected() -> Outcome {
    let detail = "The sandbox refuses to send to this test number, as it asks for.";
    Outcome::Permanent(MessageError::new(PROVIDER_REJECTED, detail))
}

fn request_refused() -> Outcome {
    let detail = "The sandbox refuses this request whoever it goes to, as this test number asks for.";
    Outcome::RequestRefused(MessageError::new(REQUEST_REFUSED, detail))
}

fn disconnected() -> Outcome {
    Outcome::SessionTrouble {
        reason: HoldReason::SessionDisconnected,
        detail: "The sandbox session is disconnected from WhatsApp; it connects again by itself.".to_owned(),
        hold_ms: Some(DISCONNECTED_HOLD_MS),
    }
}

#[cfg(test)]
mod tests;
