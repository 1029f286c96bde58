//! What WAHA's answers mean. The table is in [`super`].

use domain::attempt::Outcome;
use domain::limits::HOLD_CREDENTIALS_MAX_MS;
use domain::message::MessageError;
use domain::pacer::HoldReason;

use super::answer::Answer;
use crate::providers::error_code::{
    NEW_CONTACT_RESTRICTED, PROVIDER_REJECTED, PROVIDER_UNAVAILABLE, REQUEST_REFUSED,
};

/// Shortest rest that a server can ask for, in milliseconds: none at all would be a loop.
const RETRY_AFTER_MIN_MS: i64 = 1_000;
/// Longest rest that a server can ask for, in milliseconds: the longest that this system takes by itself.
const RETRY_AFTER_MAX_MS: i64 = HOLD_CREDENTIALS_MAX_MS;

/// WhatsApp's "reach-out time-lock": no new chats for this account.
const NACK_NEW_CHAT: u32 = 463;
/// WhatsApp's "slow down".
const NACK_RATE: u32 = 429;

/// What an answer means for the message and its session.
pub(super) fn outcome(answer: &Answer) -> Outcome {
    match answer.status {
        200..=299 => accepted(answer),
        300..=399 | 405 => held(HoldReason::ProviderUnreachable, no_waha(answer.status)),
        401 | 403 => held(HoldReason::CredentialsRefused, refused_key(answer)),
        404 => not_found(answer),
        408 => transient("The WAHA server gave up reading the request."),
        422 => unprocessable(answer),
        429 => rate_limited(answer, "The WAHA server asks to slow down."),
        402 | 406 | 415 | 426 => request_refused(answer),
        400..=499 => permanent(answer),
        500 => failed(answer),
        503 => unavailable(answer),
        521 | 523 | 525 | 526 | 530 => held(HoldReason::ProviderUnreachable, not_behind_proxy(answer.status)),
        status => Outcome::Unknown(format!("The answer of the WAHA server was lost (HTTP {status})")),
    }
}

fn accepted(answer: &Answer) -> Outcome {
    if answer.is_web_page() {
        return Outcome::Unknown("A web page came back instead of WAHA's answer".to_owned());
    }
    Outcome::Accepted { provider_message_id: answer.message_id().map(str::to_owned) }
}

fn not_found(answer: &Answer) -> Outcome {
    let words = answer.words().unwrap_or_default();
    if !answer.is_json_object() || words.starts_with("Cannot POST") {
        return held(HoldReason::ProviderUnreachable, no_waha(answer.status));
    }
    let detail = "The WAHA server does not know this session; start it there, or correct its name.";
    held(HoldReason::SessionDisconnected, detail.to_owned())
}

fn unprocessable(answer: &Answer) -> Outcome {
    match answer.session_status() {
        Some(status) => held(HoldReason::SessionDisconnected, not_working(status)),
        None if answer.is_json_object() => permanent(answer),
        None => transient("The WAHA server refused the request without a reason that can be read."),
    }
}

fn rate_limited(answer: &Answer, detail: &str) -> Outcome {
    Outcome::SessionTrouble {
        reason: HoldReason::RateLimited,
        detail: detail.to_owned(),
        hold_ms: retry_after_ms(answer),
    }
}

/// A 500: sent or not, unless WhatsApp itself has refused the message.
fn failed(answer: &Answer) -> Outcome {
    let exception = answer.exception().unwrap_or_default();
    match refusal(exception) {
        Some(NACK_NEW_CHAT) => Outcome::Permanent(MessageError::new(
            NEW_CONTACT_RESTRICTED,
            "WhatsApp does not let this account open new chats for now (error 463); contacts it has written with before still work.",
        )),
        Some(NACK_RATE) => rate_limited(answer, "WhatsApp asks this account to slow down."),
        Some(code) => transient(&format!("WhatsApp refused the message (error {code}).")),
        None => Outcome::Unknown(format!("The WAHA server failed while sending{}", quoted(answer))),
    }
}

/// The code with which WhatsApp refused a message, in the words of the GOWS engine.
///
/// The engine says so only when WhatsApp's receipt for that very message bears an error.
fn refusal(exception: &str) -> Option<u32> {
    let (_, code) = exception.split_once("server returned error ")?;
    let digits = code.find(|c: char| !c.is_ascii_digit()).map_or(code, |end| &code[..end]);
    digits.parse().ok()
}

/// A 503: from a proxy without a server. Envoy says the same of a connection that broke after the request went out.
fn unavailable(answer: &Answer) -> Outcome {
    let text = answer.text();
    if text.contains("disconnect/reset before headers") && !text.contains("connection failure") {
        return Outcome::Unknown("The connection to the WAHA server broke before it answered".to_owned());
    }
    Outcome::SessionTrouble {
        reason: HoldReason::ProviderUnreachable,
        detail: "The WAHA server is not available (HTTP 503).".to_owned(),
        hold_ms: retry_after_ms(answer),
    }
}

fn retry_after_ms(answer: &Answer) -> Option<i64> {
    let millis = answer.retry_after_s?.saturating_mul(1_000);
    Some(i64::try_from(millis).unwrap_or(i64::MAX).clamp(RETRY_AFTER_MIN_MS, RETRY_AFTER_MAX_MS))
}

fn held(reason: HoldReason, detail: String) -> Outcome {
    Outcome::SessionTrouble { reason, detail, hold_ms: None }
}

fn transient(detail: &str) -> Outcome {
    Outcome::Transient(MessageError::new(PROVIDER_UNAVAILABLE, detail))
}

fn permanent(answer: &Answer) -> Outcome {
    Outcome::Permanent(MessageError::new(PROVIDER_REJECTED, &refused_message(answer)))
}

/// These say what a server does not want of any caller: payment, another format, another protocol.
fn request_refused(answer: &Answer) -> Outcome {
    Outcome::RequestRefused(MessageError::new(REQUEST_REFUSED, &refused_message(answer)))
}

fn refused_message(answer: &Answer) -> String {
    format!("The WAHA server refused the message (HTTP {}){}.", answer.status, quoted(answer))
}

fn quoted(answer: &Answer) -> String {
    answer.words().map(|words| format!(": {words}")).unwrap_or_default()
}

fn no_waha(status: u16) -> String {
    format!("The session's baseUrl does not lead to a WAHA server's API (HTTP {status}).")
}

fn refused_key(answer: &Answer) -> String {
    format!("The WAHA server refuses the session's API key (HTTP {}).", answer.status)
}

fn not_behind_proxy(status: u16) -> String {
    format!("The proxy in front of the WAHA server cannot reach it (HTTP {status}).")
}

fn not_working(status: &str) -> String {
    match status {
        "SCAN_QR_CODE" => "The WAHA session waits for its QR code to be scanned.".to_owned(),
        "STARTING" => "The WAHA session is starting.".to_owned(),
        "STOPPED" => "The WAHA session is stopped; start it at the WAHA server.".to_owned(),
        "FAILED" => "The WAHA session has failed; restart it at the WAHA server.".to_owned(),
        _ => "The WAHA session is not connected to WhatsApp.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
