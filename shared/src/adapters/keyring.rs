//! The stack's keys: hashing API keys, signing and checking tokens.

use std::fmt::{self, Write};

use aws_lc_rs::hmac;
use domain::ids::AccountId;
use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::secrets::{KeyUse, StackSecret};
use crate::ports::{ApiKeyHash, Keyring, PortError};

/// Who makes the tokens.
const ISSUER: &str = "paceline";
/// What the tokens are for.
const AUDIENCE: &str = "paceline-api";
/// How far ahead the clock may be of the machine that made a token. Expiry has no such tolerance.
const ISSUED_AHEAD_MAX_S: i64 = 5;

/// The keys of a stack, all derived from its secret.
pub struct StackKeyring {
    api_key_hashes: hmac::Key,
    token_key_id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The account.
    sub: AccountId,
    /// When it was made, in seconds since the Unix epoch.
    iat: i64,
    /// From when on it is refused, in seconds since the Unix epoch.
    exp: i64,
}

impl StackKeyring {
    /// The keys of the stack with this secret.
    pub fn new(secret: &StackSecret) -> Result<Self, PortError> {
        let hashes = secret.derive(KeyUse::ApiKeyHashes)?;
        let tokens = secret.derive(KeyUse::ApiTokens)?;
        Ok(Self {
            api_key_hashes: hmac::Key::new(hmac::HMAC_SHA256, &hashes.bytes),
            token_key_id: hex(&tokens.id),
            signing: EncodingKey::from_secret(&tokens.bytes),
            verifying: DecodingKey::from_secret(&tokens.bytes),
            validation: validation(),
        })
    }

    fn header(&self) -> Header {
        Header { kid: Some(self.token_key_id.clone()), ..Header::new(Algorithm::HS256) }
    }
}

impl Keyring for StackKeyring {
    /// HMAC-SHA256. The keys are long and random, so that no slow hash is needed; whoever reads the table alone can't even
    /// check a guess.
    fn hash_api_key(&self, key: &str) -> ApiKeyHash {
        ApiKeyHash(hex(hmac::sign(&self.api_key_hashes, key.as_bytes()).as_ref()))
    }

    /// A JWT (RFC 7519), signed with HMAC-SHA256.
    fn sign_token(&self, account_id: AccountId, now: Timestamp, expires_at: Timestamp) -> Result<String, PortError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account_id,
            iat: now.as_seconds(),
            exp: expires_at.as_seconds(),
        };
        jsonwebtoken::encode(&self.header(), &claims, &self.signing).map_err(failed("keyring.sign_token"))
    }

    fn verify_token(&self, token: &str, now: Timestamp) -> Option<AccountId> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.kid.as_ref() != Some(&self.token_key_id) {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).ok()?.claims;
        let now_s = now.as_seconds();
        let in_time = now_s < claims.exp && claims.iat <= now_s + ISSUED_AHEAD_MAX_S;
        in_time.then_some(claims.sub)
    }
}

impl fmt::Debug for StackKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackKeyring").field("token_key_id", &self.token_key_id).finish_non_exhaustive()
    }
}

/// One algorithm, whatever a token's header says. The times are checked by us, against the clock that we are given.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
