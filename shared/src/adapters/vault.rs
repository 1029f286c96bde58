//! Encryption of what is stored and must not be read there: sessions' provider configurations, answers that are kept.
//!
//! A sealed text is `key id (4 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`: AES-256-GCM with a random nonce, bound to its
//! place (a session's id), so that it opens in no other one. The key id allows for more than one key: the first seals, all open.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use super::failure::failed;
use super::secrets::{DerivedKey, KeyUse, StackSecret};
use crate::ports::PortError;

const KEY_ID_LEN: usize = 4;

/// What a sealed text is bound to: the id of what it belongs to.
pub(super) type Place = [u8; 16];

/// Encrypts and decrypts.
#[derive(Clone, Debug)]
pub struct Vault {
    keys: Arc<[VaultKey]>,
}

#[derive(Debug)]
struct VaultKey {
    id: [u8; KEY_ID_LEN],
    key: RandomizedNonceKey,
}

impl Vault {
    /// The vault of a stack. When its secret was exchanged, it opens what was sealed under the older ones, too.
    pub fn new(secret: &StackSecret) -> Result<Self, PortError> {
        let keys = secret.derive(KeyUse::Vault)?;
        Ok(Self { keys: keys.iter().map(VaultKey::new).collect::<Result<_, _>>()? })
    }

    /// Encrypts a text for a place.
    pub(super) fn seal(
        &self,
        operation: &'static str,
        place: Place,
        mut text: Vec<u8>,
    ) -> Result<Vec<u8>, PortError> {
        let key = self.keys.first().ok_or_else(|| PortError::new(operation, "the vault has no key"))?;
        let nonce =
            key.key.seal_in_place_append_tag(Aad::from(place), &mut text).map_err(failed(operation))?;
        Ok([&key.id[..], nonce.as_ref(), &text].concat())
    }

    /// Decrypts a text that was encrypted for this place.
    pub(super) fn open(
        &self,
        operation: &'static str,
        place: Place,
        sealed: &[u8],
    ) -> Result<Vec<u8>, PortError> {
        let cannot =
            || PortError::new(operation, "what is sealed was changed, or sealed by a key that is not known");
        let (id, rest) = sealed.split_first_chunk::<KEY_ID_LEN>().ok_or_else(cannot)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(cannot)?;
        let key = self.keys.iter().find(|key| key.id == *id).ok_or_else(cannot)?;
        let (nonce, mut text) = (Nonce::assume_unique_for_key(*nonce), text.to_vec());
        let opened = key.key.open_in_place(nonce, Aad::from(place), &mut text).map_err(|_| cannot())?;
        Ok(opened.to_vec())
    }
}

impl VaultKey {
    fn new(derived: &DerivedKey) -> Result<Self, PortError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &derived.bytes).map_err(failed("vault.new"))?;
        Ok(Self { id: derived.id, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"a provider's secret";

    fn secret(letter: &str) -> StackSecret {
        StackSecret::new(letter.repeat(64)).unwrap()
    }

    fn session(n: u8) -> Place {
        [n; 16]
    }

    fn sealed(vault: &Vault) -> Vec<u8> {
        vault.seal("test", session(1), TEXT.to_vec()).unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened_and_hidden_until_then() {
        let vault = Vault::new(&secret("a")).unwrap();
        let sealed = sealed(&vault);
        assert_eq!(vault.open("test", session(1), &sealed).unwrap(), TEXT);
        assert!(!sealed.windows(8).any(|part| TEXT.windows(8).any(|secret| secret == part)));
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let vault = Vault::new(&secret("a")).unwrap();
        assert_ne!(sealed(&vault), sealed(&vault));
    }

    #[test]
    fn it_opens_for_its_own_session_only() {
        let vault = Vault::new(&secret("a")).unwrap();
        assert!(vault.open("test", session(2), &sealed(&vault)).is_err());
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let vault = Vault::new(&secret("a")).unwrap();
        let sealed = sealed(&vault);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(vault.open("test", session(1), &changed).is_err(), "byte {place}");
            assert!(vault.open("test", session(1), &sealed[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn an_older_key_opens_and_only_the_newest_seals() {
        let (old, new) = ("a".repeat(64), "b".repeat(64));
        let sealed_before = sealed(&Vault::new(&secret("a")).unwrap());
        let both = format!("{{\"current\": \"{new}\", \"older\": [\"{old}\"]}}");
        let exchanged = Vault::new(&StackSecret::new(both).unwrap()).unwrap();
        assert_eq!(exchanged.open("test", session(1), &sealed_before).unwrap(), TEXT);
        let after = Vault::new(&secret("b")).unwrap();
        assert!(after.open("test", session(1), &sealed_before).is_err());
        assert_eq!(after.open("test", session(1), &sealed(&exchanged)).unwrap(), TEXT);
    }
}
