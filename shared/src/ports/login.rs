//! Logging people in.

use domain::access::login::Identity;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;

use super::PortError;
use crate::login::Handshake;

/// Whether there is an OpenID provider to log in at.
pub trait OfferLogin {
    /// The type that calls the provider.
    type Provider: OpenIdProvider;

    /// The OpenID provider, if this stack has one.
    fn provider(&self) -> Option<&Self::Provider>;
}

impl<P: OpenIdProvider> OfferLogin for Option<P> {
    type Provider = P;

    fn provider(&self) -> Option<&P> {
        self.as_ref()
    }
}

/// An OpenID provider.
pub trait OpenIdProvider {
    /// Where a browser goes to log in, and is sent back to `callback` from.
    async fn address(
        &self,
        handshake: &Handshake,
        callback: &str,
        now: Timestamp,
    ) -> Result<String, PortError>;

    /// Exchanges a code for who it is. `Err` inside: the provider refuses the code, or what it says is not for this
    /// login; the text is for the log.
    async fn identify(
        &self,
        handshake: &Handshake,
        callback: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Result<Identity, String>, PortError>;
}

/// Which account a person has.
pub trait KeepIdentities {
    /// The account of somebody who has logged in before.
    async fn account_of(&self, identity: &Identity) -> Result<Option<AccountId>, PortError>;

    /// Gives a person this account, unless the person has one already; returns the account. If several calls do this at once,
    /// all get the same.
    async fn claim_account(
        &self,
        identity: &Identity,
        account_id: AccountId,
        now: Timestamp,
    ) -> Result<AccountId, PortError>;
}

/// Things that may be used once.
pub trait UseOnce {
    /// Notes that something was used; `false` when it had been used before. It is forgotten some time after `until`.
    async fn use_once(&self, what: &str, until: Timestamp) -> Result<bool, PortError>;
}
