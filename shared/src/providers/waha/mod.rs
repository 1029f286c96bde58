//! WAHA: a self-hosted HTTP server in front of WhatsApp Web.
//!
//! `request` builds what is sent, `answer` reads what comes back, `classify` says what it means; all three are
//! pure. `client` moves bytes, and `reach` says to which servers.
//!
//! # What an answer means
//!
//! The one question is whether the message may have been sent. Where that cannot be excluded, the outcome is unknown
//! and nothing is sent again (`no_blind_resend`); only what is surely unsent is tried again.
//!
//! | answer | outcome | why |
//! |---|---|---|
//! | 2xx, JSON or empty | accepted | engines differ in the body; some send none, and the id is then unknown |
//! | 2xx, a web page | unknown | something else than WAHA answered |
//! | 3xx, 405 | session held | `baseUrl` does not lead to WAHA's API; nobody acts on a redirected POST |
//! | 400, other 4xx | permanent | WAHA checked the request and refused it |
//! | 402, 406, 415, 426 | request refused | what the server wants is the same for every recipient: a campaign is paused |
//! | 401, 403 | session held | the key is refused, for this message as for the next |
//! | 404 | session held | WAHA does not know the session (or the path, if `baseUrl` is wrong) |
//! | 408 | transient | the server gave up while still reading the request |
//! | 422 with `status` and `expected` | session held | the session is not `WORKING`; WAHA looks before it sends |
//! | 422, other | permanent | WAHA understood the request and refused it |
//! | 422, unreadable | transient | unsent either way, but which of the two it is cannot be told |
//! | 429 | session held | as long as `Retry-After` says |
//! | 500, `server returned error 463` | permanent | WhatsApp refuses new chats of this account |
//! | 500, `server returned error 429` | session held | WhatsApp asks the account to slow down |
//! | 500, `server returned error <n>` | transient | WhatsApp itself refused this very message, so it is unsent |
//! | 500, other | unknown | engines fail after sending, too: while waiting for the answer or while describing it |
//! | 502, 504, 520, 522, 524 | unknown | a proxy lost WAHA's answer, perhaps after WAHA had the request |
//! | 503 | session held | a proxy has no server to pass the request to (unless it says that a connection broke) |
//! | 521, 523, 525, 526, 530 | session held | Cloudflare could not reach the server at all |
//! | all else | unknown | |
//! | no connection: refused, name, TLS, 3 s over | session held | nothing was written |
//! | time-out or broken connection after that | unknown | WAHA may have the request |

mod answer;
mod classify;
mod client;
mod media;
mod reach;
mod request;

use domain::attempt::Outcome;
use domain::message::Message;
use domain::session::Secret;

pub use client::ClientError;
pub use reach::Reach;

use client::Client;

/// How to reach a session of a WAHA server.
#[derive(Clone, Copy, Debug)]
pub struct WahaSession<'a> {
    /// The server's address; may have a path and, for a proxy that asks for them, a user name and password.
    pub base_url: &'a str,
    /// Goes into `X-Api-Key`.
    pub api_key: &'a Secret,
    /// The session's name at that server.
    pub session: &'a str,
}

/// Sends through WAHA servers.
#[derive(Debug)]
pub struct Waha {
    client: Client,
}

impl Waha {
    /// Whether a second call with the same message is surely not sent a second time.
    ///
    /// Not yet: two engines accept a message id of ours, since 2026.4.3 only; a server does not say which it runs.
    pub const REPEATS_SAFELY: bool = false;

    /// A client for all WAHA servers within `reach`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built, as on a machine without root certificates.
    pub fn new(reach: Reach) -> Result<Self, ClientError> {
        Ok(Self { client: Client::new(reach)? })
    }

    /// Makes one call, and says what it came to.
    pub async fn send(&self, to: WahaSession<'_>, message: &Message) -> Outcome {
        let call = match request::build(to.session, message) {
            Ok(call) => call,
            Err(error) => return Outcome::Permanent(error),
        };
        match self.client.post(to, call).await {
            Ok(answer) => classify::outcome(&answer),
            Err(failure) => failure.outcome(),
        }
    }
}
