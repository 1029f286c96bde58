//! Encryption of what sessions keep secret.
//!
//! A sealed text is `key id (4 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`: AES-256-GCM with a random nonce, bound to its
//! session, so that it opens in no other one's place. The key id allows for more than one key: the first seals, all open.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use domain::ids::SessionId;

use super::failure::failed;
use super::secrets::{KeyUse, StackSecret};
use crate::ports::PortError;

const KEY_ID_LEN: usize = 4;

/// Encrypts and decrypts what sessions keep secret.
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
    /// The vault of a stack.
    pub fn new(secret: &StackSecret) -> Result<Self, PortError> {
        Self::with_older(secret, &[])
    }

    /// The vault of a stack whose secret was exchanged: opens what was sealed under the older ones, too.
    pub fn with_older(secret: &StackSecret, older: &[StackSecret]) -> Result<Self, PortError> {
        let keys = std::iter::once(secret).chain(older).map(VaultKey::derive);
        Ok(Self { keys: keys.collect::<Result<_, _>>()? })
    }

    /// Encrypts a text for a session.
    pub(super) fn seal(
        &self,
        operation: &'static str,
        session_id: SessionId,
        mut text: Vec<u8>,
    ) -> Result<Vec<u8>, PortError> {
        let key = self.keys.first().ok_or_else(|| PortError::new(operation, "the vault has no key"))?;
        let nonce =
            key.key.seal_in_place_append_tag(bound_to(session_id), &mut text).map_err(failed(operation))?;
        Ok([&key.id[..], nonce.as_ref(), &text].concat())
    }

    /// Decrypts a text that was encrypted for this session.
    pub(super) fn open(
        &self,
        operation: &'static str,
        session_id: SessionId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, PortError> {
        let cannot =
            || PortError::new(operation, "what is sealed was changed, or sealed by a key that is not known");
        let (id, rest) = sealed.split_first_chunk::<KEY_ID_LEN>().ok_or_else(cannot)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(cannot)?;
        let key = self.keys.iter().find(|key| key.id == *id).ok_or_else(cannot)?;
        let (nonce, mut text) = (Nonce::assume_unique_for_key(*nonce), text.to_vec());
        let opened = key.key.open_in_place(nonce, bound_to(session_id), &mut text).map_err(|_| cannot())?;
        Ok(opened.to_vec())
    }
}

impl VaultKey {
    fn derive(secret: &StackSecret) -> Result<Self, PortError> {
        let derived = secret.derive(KeyUse::Vault)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &derived.bytes).map_err(failed("vault.new"))?;
        Ok(Self { id: derived.id, key })
    }
}

fn bound_to(session_id: SessionId) -> Aad<[u8; 16]> {
    Aad::from(session_id.as_uuid().into_bytes())
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    const TEXT: &[u8] = b"a provider's secret";

    fn secret(letter: &str) -> StackSecret {
        StackSecret::new(letter.repeat(64)).unwrap()
    }

    fn session(n: u128) -> SessionId {
        SessionId::new(Timestamp::EPOCH, n)
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
        let (old, new) = (secret("a"), secret("b"));
        let sealed_before = sealed(&Vault::new(&old).unwrap());
        let exchanged = Vault::with_older(&new, &[old]).unwrap();
        assert_eq!(exchanged.open("test", session(1), &sealed_before).unwrap(), TEXT);
        let after = Vault::new(&new).unwrap();
        assert!(after.open("test", session(1), &sealed_before).is_err());
        assert_eq!(after.open("test", session(1), &sealed(&exchanged)).unwrap(), TEXT);
    }
}
