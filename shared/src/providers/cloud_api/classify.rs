//! What Meta's answers mean. The tables are in `docs/PROVIDERS.md` and [`super::codes`].

use domain::message::{Message, MessageError};
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::tuning::RECIPIENT_HOLD_MAX_MS;
use serde_json::Value;

use super::codes::{Code, Meaning, lookup, said};
use crate::providers::error_code::{PROVIDER_REJECTED, RECIPIENT_RATE_LIMITED, REQUEST_REFUSED};
use crate::providers::http::{Answer, by_status, held, leads_elsewhere, transient};

/// Longest id that is kept, in characters; Meta's have some sixty.
const ID_MAX_CHARS: usize = 256;

/// What an answer to a message means for it and its session.
pub(super) fn outcome(answer: &Answer, message: &Message) -> Outcome {
    let error = &answer.json["error"];
    match error["code"].as_i64() {
        Some(code) => match lookup(code) {
            Some(known) => by_code(known, code, answer, message),
            None => by_unknown_code(code, answer),
        },
        None if (200..300).contains(&answer.status) => accepted(answer),
        None => without_code(answer),
    }
}

fn accepted(answer: &Answer) -> Outcome {
    let sent = &answer.json["messages"][0];
    let id = sent["id"].as_str().filter(|id| is_id(id));
    let was_cut = answer.json.is_null() && answer.begins_as_json();
    if id.is_none() && !was_cut {
        return Outcome::Unknown("Something else than Meta's answer came back".to_owned());
    }
    if let Some(status @ ("held_for_quality_assessment" | "paused")) = sent["message_status"].as_str() {
        tracing::warn!(status, "meta has taken a message, and keeps it back for now");
    }
    Outcome::Accepted { provider_message_id: id.map(str::to_owned) }
}

fn is_id(id: &str) -> bool {
    (1..=ID_MAX_CHARS).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn by_code(known: &Code, code: i64, answer: &Answer, message: &Message) -> Outcome {
    let said = said(known, code, words(answer).as_deref());
    let hold =
        |reason| Outcome::SessionTrouble { reason, detail: said.clone(), hold_ms: answer.retry_after_ms() };
    match known.meaning {
        Meaning::TooFast => hold(HoldReason::RateLimited),
        Meaning::Unavailable => hold(HoldReason::ProviderUnreachable),
        Meaning::Unknown => Outcome::Unknown(format!("{} (Meta's code {code})", known.sentence)),
        Meaning::RecipientTooFast => Outcome::RecipientHeld {
            error: MessageError::new(RECIPIENT_RATE_LIMITED, &said),
            hold_ms: recipient_hold_ms(message),
        },
        // These two last as long as their own schedules say, whatever a `Retry-After` is about.
        Meaning::Restricted => held(HoldReason::AccountRestricted, said),
        Meaning::Credentials => held(HoldReason::CredentialsRefused, said),
        Meaning::Recipient => Outcome::Permanent(MessageError::new(PROVIDER_REJECTED, &said)),
        Meaning::Request => Outcome::RequestRefused(MessageError::new(REQUEST_REFUSED, &said)),
    }
}

/// Meta asks to wait 4^X seconds before the next message to a recipient, X growing from 0 until it succeeds.
///
/// X is not stored: it follows from how long the message has been in line since it was due, once it has been held for
/// this reason before. It is the least X with which the wait is at least that long, so that each is some four times the
/// last, up to 4^4 s.
fn recipient_hold_ms(message: &Message) -> i64 {
    let was_held = message.error.as_ref().is_some_and(|error| error.code == RECIPIENT_RATE_LIMITED);
    if !was_held {
        return 1_000;
    }
    let due = message.scheduled_at.unwrap_or(message.created_at).max(message.created_at);
    let waited_ms = message.times.sending_at.map_or(0, |at| at.millis_since(due));
    let waits = std::iter::successors(Some(4_000), |wait_ms| Some(wait_ms * 4));
    let long_enough = |wait_ms: &i64| *wait_ms >= waited_ms || *wait_ms >= RECIPIENT_HOLD_MAX_MS;
    waits.into_iter().find(long_enough).unwrap_or(RECIPIENT_HOLD_MAX_MS)
}

fn by_unknown_code(code: i64, answer: &Answer) -> Outcome {
    let words = words(answer).map(|words| format!(": {words}")).unwrap_or_default();
    if answer.json["error"]["is_transient"].as_bool() == Some(true) {
        transient(&format!("Meta could not send the message this time (code {code}){words}."))
    } else if answer.status >= 500 {
        Outcome::Unknown(format!("Meta failed while sending (code {code}){words}"))
    } else {
        let detail = format!("Meta refused the message (code {code}){words}.");
        Outcome::Permanent(MessageError::new(PROVIDER_REJECTED, &detail))
    }
}

fn without_code(answer: &Answer) -> Outcome {
    match (answer.status, by_status(answer)) {
        (_, Some(outcome)) => outcome,
        (404, None) => held(HoldReason::ProviderUnreachable, leads_elsewhere(answer)),
        (400..=499, None) => {
            let status = answer.status;
            transient(&format!("Meta refused the message without a reason that can be read (HTTP {status})."))
        }
        (status, None) => Outcome::Unknown(format!("Meta failed while sending (HTTP {status})")),
    }
}

/// Meta's own words.
fn words(answer: &Answer) -> Option<String> {
    let error: &Value = &answer.json["error"];
    answer.quote(&[&error["error_data"]["details"], &error["error_user_msg"], &error["message"]])
}

#[cfg(test)]
mod tests;
