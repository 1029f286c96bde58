//! Who is calling.

use domain::tuning::API_KEY_USE_NOTED_MS;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use http::HeaderName;
use http::header::AUTHORIZATION;

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::ports::{ApiKey, ApiKeyHash, Keyring, NoteApiKeyUses, ReadApiKeys};
use crate::secrets::{API_KEY_START, has_key_form};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The credentials of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// `X-API-Key: gapi_<4>_<28>`, or the same behind `Authorization: Bearer`.
    ApiKey(&'a str),
    /// `Authorization: Bearer <JWT>`.
    Token(&'a str),
}

/// How a caller showed who it is. Some things need a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With an API key.
    ApiKey,
    /// With a token from a login.
    Token,
}

/// Who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account_id: AccountId,
    /// How it showed that.
    pub proof: Proof,
}

impl Caller {
    /// Refuses callers that have shown an API key: some things need a person's login.
    pub fn require_token(&self) -> Result<(), Problem> {
        match self.proof {
            Proof::Token => Ok(()),
            Proof::ApiKey => {
                let detail = "An API key may not do this; send a token in Authorization: Bearer.";
                Err(Problem::new(ErrorCode::JwtRequired, detail))
            }
        }
    }
}

impl<'a> Credentials<'a> {
    /// The credentials of a request; a bearer token goes before an API key.
    pub fn of(request: &'a ApiRequest) -> Result<Self, Problem> {
        if request.headers.contains_key(AUTHORIZATION) {
            let value = request.header(&AUTHORIZATION).unwrap_or_default();
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            let token = token.trim();
            return if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
                Err(invalid("Authorization must be: Bearer <token>, or Bearer <API key>."))
            } else if token.starts_with(API_KEY_START) {
                Self::api_key(token)
            } else {
                Ok(Self::Token(token))
            };
        }
        if request.headers.contains_key(X_API_KEY) {
            return Self::api_key(request.header(&X_API_KEY).unwrap_or_default());
        }
        Err(Problem::new(
            ErrorCode::CredentialsMissing,
            "Send an API key in X-API-Key, or a token in Authorization: Bearer.",
        ))
    }

    fn api_key(key: &'a str) -> Result<Self, Problem> {
        if has_key_form(key) {
            return Ok(Self::ApiKey(key));
        }
        Err(invalid("The API key has not the form gapi_<4>_<28>, of letters and digits."))
    }
}

/// Finds out who is calling.
pub(super) async fn authenticate(
    api_keys: &(impl ReadApiKeys + NoteApiKeyUses),
    keyring: &impl Keyring,
    request: &ApiRequest,
    now: Timestamp,
) -> Result<Caller, Problem> {
    match Credentials::of(request)? {
        Credentials::Token(token) => keyring
            .verify_token(token, now)
            .map(|account_id| Caller { account_id, proof: Proof::Token })
            .ok_or_else(|| invalid("The token is not valid, or has expired; log in again.")),
        Credentials::ApiKey(key) => {
            // One look-up for all keys, except those from before the stack's secret was exchanged.
            for hash in keyring.api_key_hashes(key) {
                if let Some(found) = api_keys.api_key(&hash).await? {
                    note_use(api_keys, &hash, &found, now).await;
                    return Ok(Caller { account_id: found.account_id, proof: Proof::ApiKey });
                }
            }
            Err(invalid("There is no such API key, or it was revoked."))
        }
    }
}

/// Notes that a key is used, unless that was noted some minutes ago. The request goes on when it cannot be noted.
async fn note_use(api_keys: &impl NoteApiKeyUses, hash: &ApiKeyHash, key: &ApiKey, now: Timestamp) {
    if key.last_used_at.is_some_and(|at| now.millis_since(at) < API_KEY_USE_NOTED_MS) {
        return;
    }
    if let Err(error) = api_keys.note_use(hash, now).await {
        tracing::warn!(%error, api_key_id = %key.key_id, "the use of an API key was not noted");
    }
}

fn invalid(detail: &str) -> Problem {
    Problem::new(ErrorCode::CredentialsInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_may_stand_where_a_token_does() {
        const KEY: &str = "gapi_abcd_0123456789012345678901234567";
        let mut request = ApiRequest::default();
        for value in [format!("Bearer {KEY}"), format!("bearer  {KEY} ")] {
            request.headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(Credentials::of(&request).unwrap(), Credentials::ApiKey(KEY));
        }
        request.headers.insert(AUTHORIZATION, "Bearer gapi_abcd_0".parse().unwrap());
        assert_eq!(Credentials::of(&request).unwrap_err().code, ErrorCode::CredentialsInvalid);
    }

    #[test]
    fn other_schemes_and_nothing_at_all_are_refused() {
        let mut request = ApiRequest::default();
        assert_eq!(Credentials::of(&request).unwrap_err().code, ErrorCode::CredentialsMissing);
        for value in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            request.headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(Credentials::of(&request).unwrap_err().code, ErrorCode::CredentialsInvalid, "{value}");
        }
        request.headers.insert(AUTHORIZATION, "bearer abc".parse().unwrap());
        assert_eq!(Credentials::of(&request).unwrap(), Credentials::Token("abc"));
    }
}
