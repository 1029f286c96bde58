//! Which provider a session goes through.

use domain::values::reach::Reach;

use super::Providers;
use super::http::{ClientError, HttpClient};
use crate::ports::{Clock, KeepChats, SendLater};

/// What adapters are made of.
pub(super) struct Parts<T, K, C> {
    pub(super) timer: T,
    pub(super) chats: K,
    pub(super) clock: C,
    pub(super) client: HttpClient,
}

/// Makes [`Providers`] out of a table: variant of the configuration, name, adapter, and how it is made.
macro_rules! adapters {
    ($($variant:ident => $name:ident: $adapter:ty = $make:expr;)+) => {
        /// All providers: sends each message through the one that its session is configured for.
        #[derive(Debug)]
        pub struct Providers<T, K, C> {
            $($name: $adapter,)+
        }

        impl<T, K, C> Providers<T, K, C>
        where
            T: $crate::ports::SendLater + Clone,
            K: $crate::ports::KeepChats + Clone,
            C: $crate::ports::Clock + Clone,
        {
            fn made_of(parts: &$crate::providers::dispatch::Parts<T, K, C>) -> Self {
                $(let $name: fn(&$crate::providers::dispatch::Parts<T, K, C>) -> $adapter = $make;)+
                Self { $($name: $name(parts),)+ }
            }
        }

        impl<T, K, C> $crate::ports::Provider for Providers<T, K, C>
        where
            T: $crate::ports::SendLater,
            K: $crate::ports::KeepChats,
            C: $crate::ports::Clock,
        {
            async fn send(
                &self,
                outgoing: $crate::ports::Outgoing<'_>,
            ) -> domain::sending::attempt::Outcome {
                match outgoing.session.provider {
                    $(domain::providers::ProviderConfig::$variant { .. } => self.$name.send(outgoing).await,)+
                }
            }

            fn repeats_safely(&self, session: &domain::session::Session) -> bool {
                match session.provider {
                    $(domain::providers::ProviderConfig::$variant { .. } => self.$name.repeats_safely(session),)+
                }
            }
        }
    };
}

pub(super) use adapters;

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
