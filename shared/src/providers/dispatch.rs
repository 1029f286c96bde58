//! Which provider a session goes through.

use domain::attempt::Outcome;
use domain::pacer::HoldReason;
use domain::session::{ProviderConfig, Session};

use super::sandbox::Sandbox;
use super::waha::{ClientError, Reach, Waha, WahaSession};
use crate::ports::{Clock, Outgoing, Provider, SendLater};

/// All providers: sends each message through the one that its session is configured for.
#[derive(Debug)]
pub struct Providers<T, C> {
    sandbox: Sandbox<T, C>,
    waha: Waha,
}

impl<T: SendLater, C: Clock> Providers<T, C> {
    /// All providers. `timer` and `clock` serve the sandbox; `reach` bounds where the others may connect to.
    ///
    /// # Errors
    /// When the HTTP client cannot be built, as on a machine without root certificates.
    pub fn new(timer: T, clock: C, reach: Reach) -> Result<Self, ClientError> {
        Ok(Self { sandbox: Sandbox::new(timer, clock), waha: Waha::new(reach)? })
    }
}

impl<T: SendLater, C: Clock> Provider for Providers<T, C> {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        match &outgoing.session.provider {
            ProviderConfig::Sandbox => self.sandbox.send(outgoing).await,
            ProviderConfig::Waha { base_url, api_key, session, webhook_secret: _ } => {
                self.waha.send(WahaSession { base_url, api_key, session }, outgoing.message).await
            }
            ProviderConfig::CloudApi { .. } => cloud_api_to_come(),
        }
    }

    fn repeats_safely(&self, session: &Session) -> bool {
        match session.provider {
            ProviderConfig::Sandbox => self.sandbox.repeats_safely(session),
            ProviderConfig::Waha { .. } => Waha::REPEATS_SAFELY,
            ProviderConfig::CloudApi { .. } => false,
        }
    }
}

/// Only its webhooks are served so far. Messages wait until it can be sent through.
fn cloud_api_to_come() -> Outcome {
    Outcome::SessionTrouble {
        reason: HoldReason::ProviderUnreachable,
        detail: "Sending through the WhatsApp Cloud API is not built yet; the message waits.".to_owned(),
        hold_ms: None,
    }
}
