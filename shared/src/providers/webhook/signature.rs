//! Signatures of webhooks: HMAC over the raw body, compared in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// Whether `signature` is the HMAC-SHA512 of the body, in hexadecimal.
pub(in crate::providers) fn is_hmac_sha512(key: &str, body: &[u8], signature: &str) -> bool {
    let Some(bytes) = hex(signature) else { return false };
    Hmac::<Sha512>::new_from_slice(key.as_bytes())
        .is_ok_and(|mac| mac.chain_update(body).verify_slice(&bytes).is_ok())
}

/// Whether `signature` is the HMAC-SHA256 of the body, in hexadecimal.
pub(in crate::providers) fn is_hmac_sha256(key: &str, body: &[u8], signature: &str) -> bool {
    let Some(bytes) = hex(signature) else { return false };
    Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .is_ok_and(|mac| mac.chain_update(body).verify_slice(&bytes).is_ok())
}

/// Whether two texts are the same, in a time that does not tell where they differ, nor how long they are.
pub(in crate::providers) fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a.as_bytes()), Sha256::digest(b.as_bytes()));
    a.as_slice().ct_eq(b.as_slice()).into()
}

/// The first 16 bytes of the SHA-256 of two texts, told apart by the length of the first.
pub fn digest(a: &str, b: &str) -> u128 {
    let hash = Sha256::new().chain_update(format!("{}#{a}", a.len())).chain_update(b).finalize();
    hash.iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of WAHA's documentation.
    const BODY: &[u8] = br#"{"event":"message","session":"default","engine":"WEBJS"}"#;
    const SIGNED: &str = "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89";

    #[test]
    fn wahas_own_vector() {
        assert!(is_hmac_sha512("my-secret-key", BODY, SIGNED));
        assert!(is_hmac_sha512("my-secret-key", BODY, &SIGNED.to_uppercase()));
        for (key, body, signature) in [
            ("my-secret-kez", BODY, SIGNED),
            ("my-secret-key", &BODY[1..], SIGNED),
            ("my-secret-key", BODY, &SIGNED[..126]),
            ("my-secret-key", BODY, &SIGNED[1..]),
            ("my-secret-key", BODY, ""),
            ("my-secret-key", BODY, "zz"),
            ("", BODY, SIGNED),
        ] {
            assert!(!is_hmac_sha512(key, body, signature), "{key} {signature}");
        }
    }

    /// The second vector of RFC 4231.
    #[test]
    fn the_vector_of_the_standard() {
        let signed = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = b"what do ya want for nothing?";
        assert!(is_hmac_sha256("Jefe", body, signed));
        assert!(!is_hmac_sha256("Jefe", body, &signed[1..]));
        assert!(!is_hmac_sha256("Jefe", b"", signed));
        assert!(!is_hmac_sha256("jefe", body, signed));
    }

    #[test]
    fn texts_and_hashes_differ() {
        assert!(is_same("a", "a") && !is_same("a", "b") && !is_same("", "a"));
        assert_ne!(digest("a", "bc"), digest("ab", "c"));
    }
}
