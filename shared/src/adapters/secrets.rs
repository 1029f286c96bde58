//! The stack's one secret, and the keys that are derived from it.
//!
//! It is stored as a text, or as JSON once it has more to say: `{"current": "…", "next": "…", "older": ["…"],
//! "loginClient": "…"}`. New things are made with `current`; what was made with `next` or one of `older` holds as well.
//! `next` is there while a secret is being exchanged: every function must know it before any of them makes something with
//! it. `loginClient` is what this stack shows to the OpenID provider.

use aws_lc_rs::hkdf;
use domain::session::Secret;
use serde::Deserialize;

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
pub struct StackSecret {
    /// The newest first.
    roots: Vec<Secret>,
    login_client: Option<Secret>,
}

/// The secret as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredSecret {
    current: String,
    next: Option<String>,
    #[serde(default)]
    older: Vec<String>,
    login_client: Option<String>,
}

impl StackSecret {
    /// Reads the stored text; refuses a text that is too short to be safe.
    pub fn new(text: String) -> Result<Self, PortError> {
        let stored = if text.trim_start().starts_with('{') {
            // The error would show a part of the text.
            let read = serde_json::from_str::<StoredSecret>(&text);
            read.map_err(|_| PortError::new("secrets.new", "the secret is not as the documentation says"))?
        } else {
            StoredSecret { current: text, next: None, older: Vec::new(), login_client: None }
        };
        let login_client = stored.login_client.filter(|text| !text.is_empty()).map(Secret::new);
        let roots: Vec<String> =
            std::iter::once(stored.current).chain(stored.next).chain(stored.older).collect();
        if roots.iter().any(|root| root.chars().count() < SECRET_MIN_CHARS) {
            let cause = format!("the secret has fewer than {SECRET_MIN_CHARS} characters");
            return Err(PortError::new("secrets.new", cause));
        }
        Ok(Self { roots: roots.into_iter().map(Secret::new).collect(), login_client })
    }

    /// What this stack shows to the OpenID provider.
    pub fn login_client(&self) -> Option<&Secret> {
        self.login_client.as_ref()
    }

    /// The keys for a use (HKDF-SHA256, RFC 5869), that of the newest secret first.
    pub(super) fn derive(&self, key_use: KeyUse) -> Result<Vec<DerivedKey>, PortError> {
        self.roots.iter().map(|root| derive(root, key_use)).collect()
    }
}

fn derive(root: &Secret, key_use: KeyUse) -> Result<DerivedKey, PortError> {
    let label = key_use.label();
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"paceline").extract(root.expose().as_bytes());
    let (mut id, mut bytes) = ([0; 4], [0; 32]);
    expand(&root, &[label.as_bytes(), b" id"], &mut id)?;
    expand(&root, &[label.as_bytes(), b" key"], &mut bytes)?;
    Ok(DerivedKey { id, bytes })
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
                let key = secret.derive(key_use).unwrap().remove(0);
                assert!(seen.insert(key.bytes.to_vec()) && seen.insert(key.id.to_vec()), "{key_use:?}");
                assert_eq!(secret.derive(key_use).unwrap().remove(0).bytes, key.bytes);
                assert_ne!(key.id, key.bytes[..4]);
            }
        }
    }

    #[test]
    fn a_secret_of_several_gives_the_keys_of_each_the_newest_first() {
        let (old, new) = ("a".repeat(64), "b".repeat(64));
        let text = serde_json::json!({ "current": new, "older": [old], "loginClient": "shown" }).to_string();
        let both = StackSecret::new(text).unwrap();
        for key_use in ALL {
            let keys: Vec<_> = both.derive(key_use).unwrap().iter().map(|key| key.bytes).collect();
            let of = |text: &str| {
                StackSecret::new(text.to_owned()).unwrap().derive(key_use).unwrap().remove(0).bytes
            };
            assert_eq!(keys, [of(&new), of(&old)]);
        }
        assert_eq!(both.login_client().unwrap().expose(), "shown");
        assert!(!format!("{both:?}").contains("shown"));
    }

    #[test]
    fn what_is_wrong_is_refused_without_showing_it() {
        let long = "hidden".repeat(8);
        for text in [
            "{".to_owned(),
            format!("{{\"current\": \"{long}\", \"elder\": []}}"),
            format!("{{\"current\": \"{long}\", \"older\": [\"hidden\"]}}"),
        ] {
            let error = StackSecret::new(text).unwrap_err();
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_shown() {
        assert!(StackSecret::new("a".repeat(31)).is_err());
        let secret = StackSecret::new("hidden".repeat(8)).unwrap();
        assert!(!format!("{secret:?}").contains("hidden"));
    }
}
