//! Signatures as the providers make them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

/// `X-Webhook-Hmac` of WAHA.
pub fn waha(key: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).expect("any key will do");
    hex(&mac.chain_update(body).finalize().into_bytes())
}

/// `X-Hub-Signature-256` of Meta.
pub fn cloud_api(key: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key will do");
    format!("sha256={}", hex(&mac.chain_update(body).finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).expect("a digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
