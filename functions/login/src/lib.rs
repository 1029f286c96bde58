//! `GET /auth/google`: sends a browser to the OpenID provider.
//!
//! Nothing is stored: what the login is known by is in a cookie ([`shared::login`]).

#![allow(async_fn_in_trait)]

use shared::http::{ApiRequest, ApiResponse, HeaderName, Problem, PublicFront};
use shared::login::{Callback, begin, not_configured};
use shared::ports::{Clock, CountRequests, Entropy, Keyring, OpenIdProvider};

/// All that this function may ask of the world.
#[derive(Debug)]
pub struct Deps<L, P, K, C, E> {
    /// What every request passes first.
    pub front: PublicFront<L>,
    /// The OpenID provider, if this stack has one.
    pub provider: Option<P>,
    /// The stack's keys.
    pub keyring: K,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// Where people come back to.
    pub callback: Callback,
}

/// Begins a login.
pub async fn handle<L, P, K, C, E>(
    deps: &Deps<L, P, K, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    L: CountRequests,
    P: OpenIdProvider,
    K: Keyring,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    deps.front.admit(&request, now).await?;
    let provider = deps.provider.as_ref().ok_or_else(not_configured)?;
    let (handshake, cookie) = begin(&deps.keyring, &deps.entropy, now);
    let address = provider.address(&handshake, &deps.callback.address(&request), now).await?;
    Ok(ApiResponse::see_other(&address).with_header(HeaderName::from_static("set-cookie"), cookie))
}
