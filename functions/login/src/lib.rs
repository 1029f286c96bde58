//! `GET /auth/google`: sends a browser to the OpenID provider.
//!
//! Nothing is stored: what the login is known by is in a cookie ([`shared::login`]).

use shared::deps;
use shared::http::{Access, Answer, ApiResponse, Endpoint, ErrorCode, HeaderName, Problem, PublicCall};
use shared::login::{Callback, begin, not_configured};
use shared::ports::{Entropy, Keyring, OfferLogin, OpenIdProvider};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Login",
    summary: "Log in",
    detail: "Sends a browser to the OpenID provider, which sends it back to the callback.",
    access: Access::Public,
    answers: &[Answer::empty(303, "To the provider.")],
    refusals: &[ErrorCode::LoginNotConfigured],
    ..Endpoint::get("/auth/google", "login")
};

deps! {
    BeginningLogins {
        provider: OpenId: OfferLogin,
        keyring: Keyring: Keyring,
        entropy: Entropy: Entropy;
        callback: Callback,
    }
}

/// Begins a login.
pub async fn handle<W: BeginningLogins>(deps: &Deps<W>, call: PublicCall) -> Result<ApiResponse, Problem> {
    let PublicCall { request, now } = call;
    let provider = deps.provider.provider().ok_or_else(not_configured)?;
    let (handshake, cookie) = begin(&deps.keyring, &deps.entropy, now);
    let address = provider.address(&handshake, &deps.callback.address(&request), now).await?;
    Ok(ApiResponse::see_other(&address).with_header(HeaderName::from_static("set-cookie"), cookie))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_public(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
