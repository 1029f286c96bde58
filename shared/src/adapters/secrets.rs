//! The stack's one secret, and the keys that are derived from it.

use aws_lc_rs::hkdf;
use domain::session::Secret;

use super::failure::failed;
use crate::ports::PortError;

/// Fewest characters of the stack secret: enough for 190 bits when they are letters and digits.
const SECRET_MIN_CHARS: usize = 32;

/// What keys are derived for. Each use has its own, so that none of them can stand in for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyUse {
    /// Hashing API keys.
    ApiKeyHashes,
    /// Signing API tokens.
    ApiTokens,
    /// Sealing what callers are to bring back.
    Seals,
    /// Encrypting sessions' provider configurations.
    Vault,
}

impl KeyUse {
    /// The `info` of the derivation. The number goes up when a key must change while the secret stays.
    const fn label(self) -> &'static str {
        match self {
            Self::ApiKeyHashes => "paceline api key hashes 1",
            Self::ApiTokens => "paceline api tokens 1",
            Self::Seals => "paceline seals 1",
            Self::Vault => "paceline vault 1",
        }
    }
}

/// A derived key, with a name that may be seen.
pub(super) struct DerivedKey {
    /// Says which key something was made with, and tells nothing about the key.
    pub(super) id: [u8; 4],
    pub(super) bytes: [u8; 32],
}

/// The stack's secret: the root of all keys.
#[derive(Clone, Debug)]
pub struct StackSecret(Secret);

impl StackSecret {
    /// From the text that is stored; refuses one that is too short to be safe.
    pub fn new(text: String) -> Result<Self, PortError> {
        if text.chars().count() < SECRET_MIN_CHARS {
            let cause = format!("the secret has fewer than {SECRET_MIN_CHARS} characters");
            return Err(PortError::new("secrets.new", cause));
        }
        Ok(Self(Secret::new(text)))
    }

    /// The key for a use (HKDF-SHA256, RFC 5869).
    pub(super) fn derive(&self, key_use: KeyUse) -> Result<DerivedKey, PortError> {
        let label = key_use.label();
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"paceline").extract(self.0.expose().as_bytes());
        let (mut id, mut bytes) = ([0; 4], [0; 32]);
        expand(&root, &[label.as_bytes(), b" id"], &mut id)?;
        expand(&root, &[label.as_bytes(), b" key"], &mut bytes)?;
        Ok(DerivedKey { id, bytes })
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(root: &hkdf::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), PortError> {
    root.expand(info, Length(out.len())).and_then(|key| key.fill(out)).map_err(failed("secrets.derive"))
}

/// Fetches the stack's secret.
pub async fn stack_secret(
    client: &aws_sdk_secretsmanager::Client,
    arn: &str,
) -> Result<StackSecret, PortError> {
    let operation = "secrets.get";
    let output = client.get_secret_value().secret_id(arn).send().await.map_err(failed(operation))?;
    let text = output.secret_string.ok_or_else(|| PortError::new(operation, "the secret has no text"))?;
    StackSecret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [KeyUse; 4] = [KeyUse::ApiKeyHashes, KeyUse::ApiTokens, KeyUse::Seals, KeyUse::Vault];

    #[test]
    fn each_use_has_its_own_key_and_each_secret_its_own_keys() {
        let mut seen = std::collections::HashSet::new();
        for secret in ["a".repeat(64), "b".repeat(64)] {
            let secret = StackSecret::new(secret).unwrap();
            for key_use in ALL {
                let key = secret.derive(key_use).unwrap();
                assert!(seen.insert(key.bytes.to_vec()) && seen.insert(key.id.to_vec()), "{key_use:?}");
                assert_eq!(secret.derive(key_use).unwrap().bytes, key.bytes);
                assert_ne!(key.id, key.bytes[..4]);
            }
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_shown() {
        assert!(StackSecret::new("a".repeat(31)).is_err());
        let secret = StackSecret::new("hidden".repeat(8)).unwrap();
        assert!(!format!("{secret:?}").contains("hidden"));
    }
}
