//! The calls.

use std::pin::pin;

use domain::message::Message;
use domain::message::report::own_core_id;
use domain::providers::WahaSettings;
use domain::sending::attempt::Outcome;
use domain::session::{ProviderConfig, Session};
use domain::tuning::{NUMBER_KNOWN_MS, PROVIDER_TIMEOUT_MS};
use domain::values::time::Timestamp;
use futures_util::future::{Either, select};
use reqwest::Method;
use reqwest::header::HeaderName;

use super::numbers::{self, Number};
use super::{classify, request, typing};
use crate::ports::{Chat, Clock, KeepChats, Outgoing, PortError, Provider};
use crate::providers::http::{Answer, Call, Failure, HttpClient, Server, not_configured};

/// Longest wait for whether a number is on WhatsApp, in milliseconds.
const CHECK_LIMIT_MS: i64 = 4_000;
/// Longest wait for what is kept about a chat, in milliseconds.
const KEPT_LIMIT_MS: i64 = 200;
/// Longest wait for a call about typing, in milliseconds.
const TYPING_LIMIT_MS: i64 = 1_000;
/// What a send to a session that works needs at least, in milliseconds.
const SEND_MIN_MS: i64 = 5_000;

/// Sends through WAHA servers.
#[derive(Debug)]
pub struct Waha<K, C> {
    client: HttpClient,
    chats: K,
    clock: C,
}

/// A message on its way to a session.
struct Errand<'a> {
    server: Server<'a>,
    to: &'a WahaSettings,
    message: &'a Message,
    /// When all calls for the message must have ended.
    until: Timestamp,
}

impl<K: KeepChats, C: Clock> Waha<K, C> {
    /// Sends to all WAHA servers by this client. `chats` keeps what they say about numbers.
    #[must_use]
    pub const fn new(client: HttpClient, chats: K, clock: C) -> Self {
        Self { client, chats, clock }
    }

    /// Sends a message through a session, and says what it came to.
    pub async fn send_through(&self, to: &WahaSettings, message: &Message) -> Outcome {
        let errand = Errand {
            server: server(to),
            to,
            message,
            until: self.clock.now().plus_millis(PROVIDER_TIMEOUT_MS),
        };
        let chat_id = match self.chat(&errand).await {
            Ok(chat_id) => chat_id,
            Err(outcome) => return outcome,
        };
        let send = match request::build(&to.session, &chat_id, to.options.own_message_ids, message) {
            Ok(send) => send,
            Err(error) => return Outcome::Permanent(error),
        };
        if to.options.simulate_typing
            && let Err(outcome) = self.type_for_a_while(&errand, &chat_id).await
        {
            return outcome;
        }
        let call = Call { limit_ms: self.left_ms(&errand), ..Call::post(send.path, send.body) };
        match self.client.call(&errand.server, call).await {
            Ok(answer) => named(classify::outcome(&answer), &errand),
            Err(failure) => failure.outcome(),
        }
    }

    /// The chat that a message goes to; an error is what becomes of a message that goes nowhere.
    async fn chat(&self, errand: &Errand<'_>) -> Result<String, Outcome> {
        let Errand { to, message, .. } = errand;
        let plain = request::chat_id(message);
        let Some(number) = message.to.number().filter(|_| to.options.check_numbers) else {
            return Ok(plain);
        };
        let is_fresh = |chat: &Chat| self.clock.now().millis_since(chat.told_at) < NUMBER_KNOWN_MS;
        let kept = self.at_once("look up", self.chats.chat(message)).await.flatten();
        if let Some(Chat { name, .. }) = kept.filter(is_fresh) {
            return Ok(name);
        }
        let query = [("phone", number.digits()), ("session", to.session.as_str())];
        let (path, limit_ms) = (numbers::PATH, CHECK_LIMIT_MS);
        let call = Call { method: Method::GET, path, query: &query, body: None, limit_ms };
        match numbers::read(self.client.call(&errand.server, call).await)? {
            Number::Chat(name) => {
                let chat = Chat { name, told_at: self.clock.now() };
                self.at_once("keep", self.chats.keep_chat(message, &chat)).await;
                Ok(chat.name)
            }
            Number::Missing => Err(numbers::missing()),
            Number::Unsaid => Ok(plain),
        }
    }

    /// What the table of chats says, if it says it at once: the send must not wait for it.
    async fn at_once<T>(&self, what: &str, answer: impl Future<Output = Result<T, PortError>>) -> Option<T> {
        match select(pin!(answer), pin!(self.clock.sleep(KEPT_LIMIT_MS))).await {
            Either::Left((Ok(answer), _)) => Some(answer),
            Either::Left((Err(error), _)) => {
                tracing::warn!(what, %error, "a chat could not be looked up or kept: its number is checked again");
                None
            }
            Either::Right(_) => {
                tracing::warn!(what, "a chat was not looked up or kept in time: its number is checked again");
                None
            }
        }
    }

    /// Shows that something is being typed. An error is what it means for the message, which was not sent: a session that
    /// does not answer this would not answer the message either, for which too little time is left then.
    async fn type_for_a_while(&self, errand: &Errand<'_>, chat_id: &str) -> Result<(), Outcome> {
        let room_ms = self.left_ms(errand) - 2 * TYPING_LIMIT_MS - SEND_MIN_MS;
        let typing_ms = typing::duration_ms(errand.message).min(room_ms);
        if typing_ms > 0 && typing::begun(self.note_typing(errand, typing::START, chat_id).await)? {
            self.clock.sleep(typing_ms).await;
            // That it does not end is of no consequence: it ends by itself.
            let _ = self.note_typing(errand, typing::STOP, chat_id).await;
        }
        Ok(())
    }

    async fn note_typing(&self, errand: &Errand<'_>, path: &str, chat_id: &str) -> Result<Answer, Failure> {
        let body = typing::body(&errand.to.session, chat_id);
        let call = Call { limit_ms: TYPING_LIMIT_MS, ..Call::post(path, body) };
        self.client.call(&errand.server, call).await
    }

    fn left_ms(&self, errand: &Errand<'_>) -> i64 {
        errand.until.millis_since(self.clock.now()).clamp(0, PROVIDER_TIMEOUT_MS)
    }
}

/// A message that was taken under an id of ours is known by it, also when the engine does not say so.
fn named(outcome: Outcome, errand: &Errand<'_>) -> Outcome {
    match outcome {
        Outcome::Accepted { provider_message_id: None } if errand.to.options.own_message_ids => {
            Outcome::Accepted { provider_message_id: Some(own_core_id(errand.message.message_id)) }
        }
        other => other,
    }
}

impl<K: KeepChats, C: Clock> Provider for Waha<K, C> {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        let ProviderConfig::Waha(to) = &outgoing.session.provider else { return not_configured("WAHA") };
        self.send_through(to, outgoing.message).await
    }

    /// `false`: a repeat is not known to be safe. Two engines take a message id of ours (since 2026.4.3), and WhatsApp's
    /// clients show one id once; but neither WAHA nor WhatsApp promises that a repeated id is not delivered twice. So an
    /// unknown outcome stays unknown until a webhook settles it, for which the id serves well.
    fn repeats_safely(&self, _session: &Session) -> bool {
        false
    }
}

fn server(to: &WahaSettings) -> Server<'_> {
    Server {
        name: "WAHA server",
        base_url: &to.base_url,
        header: HeaderName::from_static("x-api-key"),
        scheme: "",
        secret: &to.api_key,
    }
}
