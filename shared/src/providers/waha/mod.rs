//! WAHA: a self-hosted HTTP server in front of WhatsApp Web.
//!
//! `request` builds what is sent, `answer` reads what comes back, `classify` says what it means; `numbers` and `typing`
//! are what a session may ask for before its messages. All of it is pure but for the calls, which are made here.
//!
//! # What an answer means
//!
//! The one question is whether the message may have been sent. Where that cannot be excluded, the outcome is unknown
//! and nothing is sent again (`no_blind_resend`); only what is surely unsent is tried again. The table of answers is in
//! `docs/PROVIDERS.md`, and is what the tests of `classify` run.
//!
//! # Time
//!
//! All calls for a message together end within [`PROVIDER_TIMEOUT_MS`]. WAHA waits up to 10 s for a session that is not
//! working before it says so, and a send that is cut short by then has an unknown outcome. So what comes before the send
//! may take time only from a session that is known to work: the check of a number is one that the session must work for,
//! and a check without an answer ends with nothing sent; so does typing that is not answered within a second. What was
//! checked is kept; a table that does not answer within a fifth of a second is not waited for, and the number is checked once
//! more.

mod answer;
mod classify;
mod numbers;
mod request;
mod typing;

use std::pin::pin;

use domain::message::Message;
use domain::message::report::own_core_id;
use domain::sending::attempt::Outcome;
use domain::session::{ProviderConfig, Secret, Session, WahaOptions};
use domain::tuning::{NUMBER_KNOWN_MS, PROVIDER_TIMEOUT_MS};
use domain::values::time::Timestamp;
use futures_util::future::{Either, select};
use reqwest::Method;
use reqwest::header::HeaderName;

use super::http::{Answer, Call, Failure, HttpClient, Server, not_configured};
use crate::ports::{Chat, Clock, KeepChats, Outgoing, PortError, Provider};
use numbers::Number;

/// Longest wait for whether a number is on WhatsApp, in milliseconds.
const CHECK_LIMIT_MS: i64 = 4_000;
/// Longest wait for what is kept about a chat, in milliseconds.
const KEPT_LIMIT_MS: i64 = 200;
/// Longest wait for a call about typing, in milliseconds.
const TYPING_LIMIT_MS: i64 = 1_000;
/// What a send to a session that works needs at least, in milliseconds.
const SEND_MIN_MS: i64 = 5_000;

/// How to reach a session of a WAHA server.
#[derive(Clone, Copy, Debug)]
pub struct WahaSession<'a> {
    /// The server's address; may have a path.
    pub base_url: &'a str,
    /// Goes into `X-Api-Key`.
    pub api_key: &'a Secret,
    /// The session's name at that server.
    pub session: &'a str,
    /// What is done beyond sending.
    pub options: WahaOptions,
}

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
    to: WahaSession<'a>,
    message: &'a Message,
    /// When all of it must be over.
    until: Timestamp,
}

impl<K: KeepChats, C: Clock> Waha<K, C> {
    /// Sends to all WAHA servers by this client. `chats` keeps what they say about numbers.
    #[must_use]
    pub const fn new(client: HttpClient, chats: K, clock: C) -> Self {
        Self { client, chats, clock }
    }

    /// Sends a message through a session, and says what it came to.
    pub async fn send_through(&self, to: WahaSession<'_>, message: &Message) -> Outcome {
        let errand = Errand {
            server: server(&to),
            to,
            message,
            until: self.clock.now().plus_millis(PROVIDER_TIMEOUT_MS),
        };
        let chat_id = match self.chat(&errand).await {
            Ok(chat_id) => chat_id,
            Err(outcome) => return outcome,
        };
        let send = match request::build(to.session, &chat_id, to.options.own_message_ids, message) {
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
        if !to.options.check_numbers {
            return Ok(plain);
        }
        let is_fresh = |chat: &Chat| self.clock.now().millis_since(chat.told_at) < NUMBER_KNOWN_MS;
        let kept = self.at_once("look up", self.chats.chat(message)).await.flatten();
        if let Some(Chat { name, .. }) = kept.filter(is_fresh) {
            return Ok(name);
        }
        let query = [("phone", message.to.digits()), ("session", to.session)];
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
        let body = typing::body(errand.to.session, chat_id);
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
        match WahaSession::of(&outgoing.session.provider) {
            Some(to) => self.send_through(to, outgoing.message).await,
            None => not_configured("WAHA"),
        }
    }

    /// Not known to be so. Two engines take a message id of ours (since 2026.4.3), and WhatsApp's clients show one id
    /// once; but neither WAHA nor WhatsApp promises that a repeated id is not delivered twice. So an unknown outcome
    /// stays unknown until a webhook settles it, for which the id serves well.
    fn repeats_safely(&self, _session: &Session) -> bool {
        false
    }
}

impl<'a> WahaSession<'a> {
    /// That of a configuration; none when it is another provider's.
    fn of(provider: &'a ProviderConfig) -> Option<Self> {
        match provider {
            ProviderConfig::Waha { base_url, api_key, session, options, webhook_secret: _ } => {
                Some(Self { base_url, api_key, session, options: *options })
            }
            ProviderConfig::Sandbox | ProviderConfig::CloudApi { .. } => None,
        }
    }
}

fn server<'a>(to: &WahaSession<'a>) -> Server<'a> {
    Server {
        name: "WAHA server",
        base_url: to.base_url,
        header: HeaderName::from_static("x-api-key"),
        scheme: "",
        secret: to.api_key,
    }
}
