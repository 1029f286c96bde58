//! Tokens that tests make, with the stack's own key and with others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::stack::Stack;

/// A token in its parts.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}

impl Token {
    /// Reads a token.
    pub fn read(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let text = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice(&text).unwrap_or(Value::Null)
        });
        Self { header: parts.next().expect("a header"), claims: parts.next().expect("claims") }
    }

    /// The same, with another value for a claim.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: &str) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// The same, with another algorithm in its header.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: &str) -> Self {
        self.header["alg"] = algorithm.into();
        self
    }

    /// The token, signed with a key.
    pub fn signed(&self, key: &[u8]) -> String {
        let text = self.unsigned();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac_sha256(key, &[text.as_bytes()])))
    }

    /// Header and claims.
    pub fn unsigned(&self) -> String {
        [&self.header, &self.claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
    }
}

/// The key that a stack signs its tokens with: HKDF-SHA256 (RFC 5869) of its secret, one block of it.
pub async fn signing_key(stack: &Stack) -> Vec<u8> {
    let text = stack.secret().await;
    // A document, once it was exchanged.
    let current =
        serde_json::from_str::<Value>(&text).ok().and_then(|all| Some(all["current"].as_str()?.to_owned()));
    let root = hmac_sha256(b"paceline", &[current.unwrap_or(text).as_bytes()]);
    hmac_sha256(&root, &[b"paceline api tokens 1", b" key", &[1]])
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length are good");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
