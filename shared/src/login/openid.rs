//! An OpenID provider behind HTTP, by the `openidconnect` crate: discovery, the code exchange, the checks of the id token.
//!
//! What a provider says of itself and its keys are kept for [`ISSUER_CACHED_MS`]. Keys are exchanged without notice: when
//! the signature of an id token fits none of those that are known, they are fetched once more. That happens only for a
//! token that the provider itself has just handed out for a code, so that nobody else can make this stack ask.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::access::login::Identity;
use domain::session::Secret;
use domain::tuning::{ISSUER_ANSWER_MAX_BYTES, ISSUER_CACHED_MS};
use domain::values::time::Timestamp;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
};
use reqwest::{redirect, retry};

use super::handshake::Handshake;
use crate::ports::{OpenIdProvider, PortError};

/// Longest call of a provider: two of them, and what else a login needs, fit into the function's time-out.
const CALL_TIMEOUT: Duration = Duration::from_secs(4);

/// The algorithms that an id token may be signed with: those whose keys are public. Never `none`, and none whose key is
/// the client's secret, even if the provider says that it supports others.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// How this stack is known to its OpenID provider.
#[derive(Clone, Debug)]
pub struct OpenIdSettings {
    /// The provider's address, to which `/.well-known/openid-configuration` is added.
    pub issuer: String,
    /// What the provider calls this stack.
    pub client_id: String,
    /// What this stack shows to the provider; none for a client that is protected by PKCE alone.
    pub client_secret: Option<Secret>,
}

/// An OpenID provider behind HTTP.
#[derive(Debug)]
pub struct OpenIdClient {
    http: Http,
    issuer: IssuerUrl,
    settings: OpenIdSettings,
    known: Mutex<Option<Known>>,
}

/// A provider's configuration document, and when it was read.
#[derive(Clone, Debug)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    at: Timestamp,
}

impl OpenIdClient {
    /// A provider.
    ///
    /// # Errors
    /// When its address is none, or the HTTP client cannot be made.
    pub fn new(settings: OpenIdSettings) -> Result<Self, PortError> {
        let operation = "openid.new";
        let issuer =
            IssuerUrl::new(settings.issuer.clone()).map_err(|error| PortError::new(operation, error))?;
        let http = reqwest::Client::builder()
            .timeout(CALL_TIMEOUT)
            // To where nobody said, neither the code nor the client's secret is carried.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()
            .map_err(|error| PortError::new(operation, error))?;
        Ok(Self { http: Http(http), issuer, settings, known: Mutex::default() })
    }

    /// What the provider says of itself, not older than `at_least`.
    async fn metadata(
        &self,
        at_least: Timestamp,
        now: Timestamp,
    ) -> Result<Arc<CoreProviderMetadata>, PortError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.at >= at_least) {
            return Ok(known.metadata);
        }
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| PortError::new("openid.discover", chain(&error)))?;
        let metadata = Arc::new(metadata);
        let known = Known { metadata: Arc::clone(&metadata), at: now };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(metadata)
    }

    fn client(&self, metadata: &CoreProviderMetadata, callback: &str) -> Result<Client, PortError> {
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let client_id = ClientId::new(self.settings.client_id.clone());
        let callback =
            RedirectUrl::new(callback.to_owned()).map_err(|error| PortError::new("openid.client", error))?;
        let client = CoreClient::from_provider_metadata(metadata.clone(), client_id, secret);
        Ok(client.set_redirect_uri(callback).set_auth_type(auth_type(metadata)))
    }

    /// What an id token says, if all of it holds: signature, issuer, audience, expiry, nonce.
    async fn verified(
        &self,
        client: Client,
        token: &CoreIdToken,
        handshake: &Handshake,
        callback: &str,
        now: Timestamp,
    ) -> Result<Result<Identity, String>, PortError> {
        let nonce = Nonce::new(handshake.nonce.clone());
        let mut claims = read(&client, token, &nonce);
        if matches!(claims, Err(ClaimsVerificationError::SignatureVerification(_))) {
            let metadata = self.metadata(now, now).await?;
            claims = read(&self.client(&metadata, callback)?, token, &nonce);
        }
        Ok(claims.map_err(|error| format!("the id token is not valid: {}", chain(&error))))
    }
}

fn read(client: &Client, token: &CoreIdToken, nonce: &Nonce) -> Result<Identity, ClaimsVerificationError> {
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
    let claims = token.claims(&verifier, nonce)?;
    let is_verified = claims.email_verified() == Some(true);
    let email = claims.email().filter(|_| is_verified).map(|email| email.as_str().to_owned());
    Ok(Identity {
        issuer: claims.issuer().as_str().to_owned(),
        subject: claims.subject().as_str().to_owned(),
        verified_email: email,
    })
}

impl OpenIdProvider for OpenIdClient {
    async fn address(
        &self,
        handshake: &Handshake,
        callback: &str,
        now: Timestamp,
    ) -> Result<String, PortError> {
        let metadata = self.metadata(now.plus_millis(-ISSUER_CACHED_MS), now).await?;
        let verifier = PkceCodeVerifier::new(handshake.verifier.clone());
        let (state, nonce) = (handshake.state.clone(), handshake.nonce.clone());
        let (address, _, _) = self
            .client(&metadata, callback)?
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.to_string())
    }

    async fn identify(
        &self,
        handshake: &Handshake,
        callback: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Result<Identity, String>, PortError> {
        let operation = "openid.exchange";
        let metadata = self.metadata(now.plus_millis(-ISSUER_CACHED_MS), now).await?;
        let client = self.client(&metadata, callback)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| PortError::new(operation, error))?
            .set_pkce_verifier(PkceCodeVerifier::new(handshake.verifier.clone()));
        let response = match request.request_async(&self.http).await {
            Ok(response) => response,
            Err(RequestTokenError::ServerResponse(refusal)) => {
                return Ok(Err(format!("the provider refuses the code: {}", refusal.error())));
            }
            // Not what was read: it may hold a token.
            Err(RequestTokenError::Parse(_, _)) => {
                return Ok(Err("the provider's answer cannot be read".to_owned()));
            }
            Err(error) => return Err(PortError::new(operation, chain(&error))),
        };
        match response.id_token() {
            Some(token) => self.verified(client, token, handshake, callback, now).await,
            None => Ok(Err("the provider gives no id token".to_owned())),
        }
    }
}

/// Sends the client's secret in a header (RFC 6749 recommends it), unless the provider only accepts it in the body.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported().map_or(&[][..], Vec::as_slice);
    let takes_header = methods.is_empty() || methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
    if takes_header { AuthType::BasicAuth } else { AuthType::RequestBody }
}

/// An error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The HTTP client, as the crate wants it.
#[derive(Debug)]
struct Http(reqwest::Client);

/// A call failed.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    #[error("the answer is too large")]
    TooLarge,
    #[error("not a request or an answer")]
    Malformed(#[from] http::Error),
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

impl Http {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        // Without the address, in which providers may put what is nobody's business.
        let without_url = |error: reqwest::Error| CallError::NoAnswer(error.without_url());
        let request = reqwest::Request::try_from(request).map_err(without_url)?;
        let mut answer = self.0.execute(request).await.map_err(without_url)?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(without_url)? {
            if body.len() + part.len() > ISSUER_ANSWER_MAX_BYTES {
                return Err(CallError::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(response.body(body)?)
    }
}
