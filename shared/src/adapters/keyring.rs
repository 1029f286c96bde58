//! The stack's keys: hashing API keys, signing and checking tokens.

use std::fmt::{self, Write};

use aws_lc_rs::hmac;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::secrets::{DerivedKey, KeyUse, StackSecret};
use crate::ports::{ApiKeyHash, Keyring, PortError};

/// Who makes the tokens.
const ISSUER: &str = "paceline";
/// What the tokens are for.
const AUDIENCE: &str = "paceline-api";
/// How far the clock of the machine that made a token may be ahead of ours. Expiry has no such tolerance.
const ISSUED_AHEAD_MAX_S: i64 = 5;

/// The keys of a stack, all derived from its secret.
///
/// After an exchange of the secret there is one key of each kind for every secret, the newest first. The first signs; all
/// of them verify.
pub struct StackKeyring {
    api_key_hashes: Vec<hmac::Key>,
    seals: Vec<hmac::Key>,
    tokens: Vec<TokenKey>,
    validation: Validation,
}

struct TokenKey {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
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
    /// When it expires, in seconds since the Unix epoch.
    exp: i64,
}

impl StackKeyring {
    /// The keys of the stack with this secret.
    pub fn new(secret: &StackSecret) -> Result<Self, PortError> {
        let hmac_keys = |key_use| -> Result<Vec<hmac::Key>, PortError> {
            let keys = secret.derive(key_use)?;
            Ok(keys.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key.bytes)).collect())
        };
        Ok(Self {
            api_key_hashes: hmac_keys(KeyUse::ApiKeyHashes)?,
            seals: hmac_keys(KeyUse::Seals)?,
            tokens: secret.derive(KeyUse::ApiTokens)?.iter().map(TokenKey::new).collect::<Result<_, _>>()?,
            validation: validation(),
        })
    }
}

impl TokenKey {
    fn new(derived: &DerivedKey) -> Result<Self, PortError> {
        let operation = "keyring.new";
        Ok(Self {
            id: hex(&derived.id),
            signing: EncodingKey::from_secret(&derived.bytes).map_err(failed(operation))?,
            verifying: DecodingKey::from_secret(&derived.bytes).map_err(failed(operation))?,
        })
    }

    fn header(&self) -> Header {
        Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::HS256) }
    }
}

impl Keyring for StackKeyring {
    /// HMAC-SHA256. API keys are long and random, so that no slow hash is needed. Without the secret, nobody who reads the
    /// table can check a guess.
    fn api_key_hashes(&self, key: &str) -> Vec<ApiKeyHash> {
        let hash = |with: &hmac::Key| ApiKeyHash(hex(hmac::sign(with, key.as_bytes()).as_ref()));
        self.api_key_hashes.iter().map(hash).collect()
    }

    /// A JWT (RFC 7519), signed with HMAC-SHA256.
    fn sign_token(
        &self,
        account_id: AccountId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, PortError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account_id,
            iat: now.as_seconds(),
            exp: expires_at.as_seconds(),
        };
        let operation = "keyring.sign_token";
        let key = self.tokens.first().ok_or_else(|| PortError::new(operation, "there is no key"))?;
        jsonwebtoken::encode(&key.header(), &claims, &key.signing).map_err(failed(operation))
    }

    /// HMAC-SHA256.
    fn seals(&self, text: &str) -> Vec<[u8; 32]> {
        let seal = |with: &hmac::Key| {
            let mut seal = [0; 32];
            seal.copy_from_slice(hmac::sign(with, text.as_bytes()).as_ref());
            seal
        };
        self.seals.iter().map(seal).collect()
    }

    fn verify_token(&self, token: &str, now: Timestamp) -> Option<AccountId> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let key = self.tokens.iter().find(|key| header.kid.as_ref() == Some(&key.id))?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation).ok()?.claims;
        let now_s = now.as_seconds();
        let in_time = now_s < claims.exp && claims.iat <= now_s + ISSUED_AHEAD_MAX_S;
        in_time.then_some(claims.sub)
    }
}

impl fmt::Debug for StackKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.tokens.iter().map(|key| key.id.as_str()).collect();
        f.debug_struct("StackKeyring").field("token_key_ids", &ids).finish_non_exhaustive()
    }
}

/// Accepts only one algorithm, no matter what a token's header says. We check the times ourselves, against the clock that we are
/// given.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);
    const HOUR_MS: i64 = 3_600_000;

    fn keyring(letter: &str) -> StackKeyring {
        StackKeyring::new(&StackSecret::new(letter.repeat(64)).unwrap()).unwrap()
    }

    fn account() -> AccountId {
        AccountId::new(NOW, 7)
    }

    fn token(keyring: &StackKeyring) -> String {
        keyring.sign_token(account(), NOW, NOW.plus_millis(HOUR_MS)).unwrap()
    }

    fn claims() -> Value {
        let (iat, exp) = (NOW.as_seconds(), NOW.as_seconds() + 3600);
        json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": account(), "iat": iat, "exp": exp })
    }

    /// A token with other claims, signed with the true key.
    fn forged(keyring: &StackKeyring, change: impl Fn(&mut Header, &mut Value)) -> String {
        let key = &keyring.tokens[0];
        let (mut header, mut claims) = (key.header(), claims());
        change(&mut header, &mut claims);
        jsonwebtoken::encode(&header, &claims, &key.signing).unwrap()
    }

    #[test]
    fn a_token_is_its_accounts_until_it_expires() {
        let keyring = keyring("a");
        let token = token(&keyring);
        for (after_ms, valid) in
            [(0, true), (HOUR_MS - 1, true), (HOUR_MS, false), (-5_000, true), (-6_000, false)]
        {
            let verified = keyring.verify_token(&token, NOW.plus_millis(after_ms));
            assert_eq!(verified, valid.then(account), "after {after_ms} ms");
        }
    }

    #[test]
    fn a_token_of_another_stack_or_none_at_all_is_refused() {
        let other = token(&keyring("b"));
        for text in ["", "a", "a.b.c", "..", &other] {
            assert_eq!(keyring("a").verify_token(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let keyring = keyring("a");
        let token = token(&keyring);
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            // `A` and `Z` differ in bits that count in a last character, too, whose lowest bits say nothing.
            changed[place] = if changed[place] == b'A' { b'Z' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(keyring.verify_token(&changed, NOW), None, "character {place}");
        }
    }

    #[test]
    fn every_claim_is_needed_and_must_be_ours() {
        let keyring = keyring("a");
        assert_eq!(keyring.verify_token(&forged(&keyring, |_, _| {}), NOW), Some(account()));
        for name in ["iss", "aud", "sub", "iat", "exp"] {
            let without = forged(&keyring, |_, claims| drop(claims.as_object_mut().unwrap().remove(name)));
            assert_eq!(keyring.verify_token(&without, NOW), None, "without {name}");
            let other = forged(&keyring, |_, claims| claims[name] = json!("other"));
            assert_eq!(keyring.verify_token(&other, NOW), None, "another {name}");
        }
    }

    #[test]
    fn key_id_and_algorithm_are_pinned() {
        let keyring = keyring("a");
        for kid in [None, Some("other".to_owned())] {
            let other = forged(&keyring, |header, _| header.kid.clone_from(&kid));
            assert_eq!(keyring.verify_token(&other, NOW), None, "{kid:?}");
        }
        let stronger = forged(&keyring, |header, _| header.alg = Algorithm::HS512);
        assert_eq!(keyring.verify_token(&stronger, NOW), None);
        let unsigned = token(&keyring);
        let body = unsigned.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        for signature in ["", "AAAA"] {
            let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.{signature}");
            assert_eq!(keyring.verify_token(&none, NOW), None);
        }
    }

    #[test]
    fn a_hash_depends_on_the_key_and_on_the_stack() {
        let hash = |stack, key: &str| keyring(stack).hash_api_key(key).0;
        assert_eq!(hash("a", "gapi_1"), hash("a", "gapi_1"));
        assert_ne!(hash("a", "gapi_1"), hash("a", "gapi_2"));
        assert_ne!(hash("a", "gapi_1"), hash("b", "gapi_1"));
        assert!(hash("a", "gapi_1").bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')));
        assert_eq!(hash("a", "gapi_1").len(), 64);
    }

    #[test]
    fn what_an_older_secret_has_made_still_holds() {
        let old = keyring("a");
        let (new, older) = ("b".repeat(64), "a".repeat(64));
        let both = serde_json::json!({ "current": new, "older": [older] }).to_string();
        let exchanged = StackKeyring::new(&StackSecret::new(both).unwrap()).unwrap();
        // All that the older one made: a token, the hash of a key, a seal.
        assert_eq!(exchanged.verify_token(&token(&old), NOW), Some(account()));
        assert!(exchanged.api_key_hashes("gapi_1").contains(&old.hash_api_key("gapi_1")));
        assert!(exchanged.seals("text").contains(&old.seal("text")));
        // What is new is made with the new one, and the older one is no longer needed for it.
        let after = keyring("b");
        assert_eq!(after.verify_token(&token(&exchanged), NOW), Some(account()));
        assert_eq!(after.verify_token(&token(&old), NOW), None);
        assert_eq!(exchanged.hash_api_key("gapi_1"), after.hash_api_key("gapi_1"));
        assert_eq!(exchanged.seal("text"), after.seal("text"));
    }

    #[test]
    fn no_key_is_shown() {
        assert_eq!(
            format!("{:?}", keyring("a")),
            format!("StackKeyring {{ token_key_ids: [{:?}], .. }}", keyring("a").tokens[0].id)
        );
    }
}
