//! Webhooks, signed as the providers sign them.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::Value;
use sha2::{Sha256, Sha512};

use crate::api::Answer;
use crate::stack::Stack;

/// A webhook of WAHA to a session, signed with a secret.
pub async fn waha_webhook(stack: &Stack, session: &str, secret: &str, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    let mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(&body);
    let signature = hex(&mac.finalize().into_bytes());
    post(stack, &format!("waha/{session}"), ("x-webhook-hmac", &signature), body).await
}

/// A webhook of Meta to a session, signed with a secret.
pub async fn cloud_api_webhook(stack: &Stack, session: &str, secret: &str, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(&body);
    let signature = format!("sha256={}", hex(&mac.finalize().into_bytes()));
    post(stack, &format!("cloud_api/{session}"), ("x-hub-signature-256", &signature), body).await
}

async fn post(stack: &Stack, path: &str, (header, signature): (&'static str, &str), body: Vec<u8>) -> Answer {
    let api = stack.anonymous().with_header(header, signature);
    api.request(Method::POST, &format!("/provider-webhooks/{path}"), Some("application/json"), body).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
