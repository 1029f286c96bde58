//! Which provider a session goes through.

use domain::sending::attempt::Outcome;
use domain::session::{ProviderConfig, Session};
use domain::values::reach::Reach;

use super::cloud_api::CloudApi;
use super::http::{ClientError, HttpClient};
use super::sandbox::Sandbox;
use super::waha::Waha;
use crate::ports::{Clock, KeepChats, Outgoing, Provider, SendLater};

/// What adapters are made of.
struct Parts<T, K, C> {
    timer: T,
    chats: K,
    clock: C,
    client: HttpClient,
}

/// Makes [`Providers`] out of a table: variant of the configuration, name, adapter, and how it is made.
macro_rules! providers {
    ($($variant:ident => $name:ident: $adapter:ty = $make:expr;)+) => {
        /// All providers: sends each message through the one that its session is configured for.
        #[derive(Debug)]
        pub struct Providers<T, K, C> {
            $($name: $adapter,)+
        }

        impl<T: SendLater + Clone, K: KeepChats + Clone, C: Clock + Clone> Providers<T, K, C> {
            fn made_of(parts: &Parts<T, K, C>) -> Self {
                $(let $name: fn(&Parts<T, K, C>) -> $adapter = $make;)+
                Self { $($name: $name(parts),)+ }
            }
        }

        impl<T: SendLater, K: KeepChats, C: Clock> Provider for Providers<T, K, C> {
            async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
                match outgoing.session.provider {
                    $(ProviderConfig::$variant { .. } => self.$name.send(outgoing).await,)+
                }
            }

            fn repeats_safely(&self, session: &Session) -> bool {
                match session.provider {
                    $(ProviderConfig::$variant { .. } => self.$name.repeats_safely(session),)+
                }
            }
        }
    };
}

// A new provider is a line here, and the file that it names: see `docs/PROVIDERS.md`.
providers! {
    Sandbox => sandbox: Sandbox<T, C> = |parts| Sandbox::new(parts.timer.clone(), parts.clock.clone());
    Waha => waha: Waha<K, C> = |parts| Waha::new(parts.client.clone(), parts.chats.clone(), parts.clock.clone());
    CloudApi => cloud_api: CloudApi = |parts| CloudApi::new(parts.client.clone());
}

impl<T: SendLater + Clone, K: KeepChats + Clone, C: Clock + Clone> Providers<T, K, C> {
    /// All providers. `timer` serves the sandbox, `chats` those that are asked about numbers; `reach` bounds where the
    /// others may connect to.
    ///
    /// # Errors
    /// When the HTTP client cannot be built, as on a machine without root certificates.
    pub fn new(timer: T, chats: K, clock: C, reach: Reach) -> Result<Self, ClientError> {
        Ok(Self::made_of(&Parts { timer, chats, clock, client: HttpClient::new(reach)? }))
    }
}
