//! The port to WhatsApp providers.

use domain::message::Message;
use domain::sending::attempt::Outcome;
use domain::session::Session;

/// One message on its way to a provider.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Through which session.
    pub session: &'a Session,
    /// What; its id is the idempotency key.
    pub message: &'a Message,
    /// Session-level failures in a row before this call.
    pub failures: u32,
}

/// Sends messages.
pub trait Provider {
    /// Makes one call, and says what it came to. Ends within [`domain::tuning::PROVIDER_TIMEOUT_MS`].
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome;

    /// Whether a second call with the same message id is surely not sent a second time.
    fn repeats_safely(&self, session: &Session) -> bool;
}
