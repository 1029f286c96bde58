//! What WAHA's answers mean. The table is in `docs/PROVIDERS.md`.

use domain::message::MessageError;
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::tuning::NEW_CONTACTS_HOLD_MS;

use super::answer::{exception, is_own, message_id, session_status, words};
use crate::providers::error_code::{NEW_CONTACT_RESTRICTED, PROVIDER_REJECTED, REQUEST_REFUSED};
use crate::providers::http::{Answer, by_status, held, leads_elsewhere, transient};

/// WhatsApp's "reach-out time-lock": no new chats for this account.
const NACK_NEW_CHAT: u32 = 463;
/// WhatsApp's "slow down".
const NACK_RATE: u32 = 429;

/// With this a server without a licence answers for every session but its only one.
const ONLY_DEFAULT: &str = "WAHA Core support only 'default' session";
/// With these a server answers what its edition or engine cannot do, for whomever.
const NOT_OFFERED: [&str; 2] = ["available only in Plus version", "not implemented by the engine"];

/// What an answer means for the message and its session.
pub(super) fn outcome(answer: &Answer) -> Outcome {
    match answer.status {
        200..=299 => accepted(answer),
        404 => not_found(answer),
        422 => unprocessable(answer),
        402 | 406 | 415 | 426 => request_refused(answer),
        500 => failed(answer),
        _ => by_status(answer).unwrap_or_else(|| permanent(answer)),
    }
}

/// What an answer to a question before a send means for the message: trouble of the session is trouble for it, too. All
/// else is about the question alone, such as an engine or a version that does not know it.
pub(super) fn trouble(answer: &Answer) -> Option<Outcome> {
    let outcome = outcome(answer);
    (answer.status != 404 && matches!(outcome, Outcome::SessionTrouble { .. })).then_some(outcome)
}

fn accepted(answer: &Answer) -> Outcome {
    if answer.is_web_page() {
        return Outcome::Unknown("A web page came back instead of WAHA's answer".to_owned());
    }
    Outcome::Accepted { provider_message_id: message_id(answer).map(str::to_owned) }
}

fn not_found(answer: &Answer) -> Outcome {
    let words = words(answer).unwrap_or_default();
    if !is_own(answer) || words.starts_with("Cannot POST") {
        return held(HoldReason::ProviderUnreachable, leads_elsewhere(answer));
    }
    let detail = "The WAHA server does not know this session; start it there, or correct its name.";
    held(HoldReason::SessionDisconnected, detail.to_owned())
}

fn unprocessable(answer: &Answer) -> Outcome {
    if let Some(status) = session_status(answer) {
        return held(HoldReason::SessionDisconnected, not_working(status));
    }
    if !is_own(answer) {
        return transient("The WAHA server refused the request without a reason that can be read.");
    }
    let message = answer.json["message"].as_str().unwrap_or_default();
    if message.starts_with(ONLY_DEFAULT) {
        let detail = "This WAHA server has one session, named default; correct the session's name.";
        return held(HoldReason::SessionDisconnected, detail.to_owned());
    }
    if NOT_OFFERED.iter().any(|words| message.contains(words)) {
        return request_refused(answer);
    }
    permanent(answer)
}

/// A 500: sent or not, unless WhatsApp itself has refused the message.
fn failed(answer: &Answer) -> Outcome {
    match refusal(exception(answer).unwrap_or_default()) {
        Some(NACK_NEW_CHAT) => Outcome::NewContactsHeld {
            error: MessageError::new(
                NEW_CONTACT_RESTRICTED,
                "WhatsApp does not let this account open new chats for now (error 463); contacts it has written with before still work.",
            ),
            hold_ms: NEW_CONTACTS_HOLD_MS,
        },
        Some(NACK_RATE) => Outcome::SessionTrouble {
            reason: HoldReason::RateLimited,
            detail: "WhatsApp asks this account to slow down.".to_owned(),
            hold_ms: answer.retry_after_ms(),
        },
        Some(code) => transient(&format!("WhatsApp refused the message (error {code}).")),
        None => Outcome::Unknown(format!("The WAHA server failed while sending{}", quoted(answer))),
    }
}

/// The code with which WhatsApp refused a message, in the words of the GOWS engine.
///
/// The engine says so only if WhatsApp's receipt for this very message has an error.
fn refusal(exception: &str) -> Option<u32> {
    let (_, code) = exception.split_once("server returned error ")?;
    let digits = code.find(|c: char| !c.is_ascii_digit()).map_or(code, |end| &code[..end]);
    digits.parse().ok()
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
    words(answer).map(|words| format!(": {words}")).unwrap_or_default()
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
