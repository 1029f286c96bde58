//! Showing the contact that something is being typed, as before a person's message.

use domain::message::{ContentType, Message};
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use serde::Serialize;

use super::classify;
use crate::providers::http::{Answer, Failure, held};

/// The path that shows it.
pub(super) const START: &str = "/api/startTyping";
/// The path that ends it.
pub(super) const STOP: &str = "/api/stopTyping";

/// Shortest and longest time of typing, in milliseconds: longer would leave too little of the provider call's time.
const TYPING_MIN_MS: i64 = 500;
/// See [`TYPING_MIN_MS`].
const TYPING_MAX_MS: i64 = 3_000;
/// How long a character takes, in milliseconds: faster than people type, so that longer texts still differ.
const PER_CHARACTER_MS: i64 = 40;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    session: &'a str,
    chat_id: &'a str,
}

/// The body of both calls.
pub(super) fn body(session: &str, chat_id: &str) -> Vec<u8> {
    serde_json::to_vec(&Body { session, chat_id }).unwrap_or_default()
}

/// Whether typing is shown. An error is what it means for the message, which was not sent: a session that is not working
/// lets the server wait, and too little time would be left for the send to learn that.
pub(super) fn begun(answered: Result<Answer, Failure>) -> Result<bool, Outcome> {
    match answered {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(true),
        Ok(answer) => classify::trouble(&answer).map_or(Ok(false), Err),
        Err(Failure::AnswerLost(_)) => {
            let detail = "The WAHA server did not answer in time whether it shows typing; nothing was sent.";
            Err(held(HoldReason::ProviderUnreachable, detail.to_owned()))
        }
        Err(not_sent @ Failure::NotSent(..)) => Err(not_sent.outcome()),
    }
}

/// How long a message takes to type, in milliseconds: by the length of its text or caption.
pub(super) fn duration_ms(message: &Message) -> i64 {
    let content = &message.content;
    let text = match content.content_type {
        ContentType::Text => content.text.as_deref(),
        ContentType::Image | ContentType::File | ContentType::Video => content.caption(),
        ContentType::Audio => None,
    };
    let characters = text.map_or(0, |text| text.chars().count());
    let millis = i64::try_from(characters).unwrap_or(i64::MAX).saturating_mul(PER_CHARACTER_MS);
    millis.clamp(TYPING_MIN_MS, TYPING_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::sample;

    #[test]
    fn longer_texts_take_longer_within_bounds() {
        let mut message = sample::message("16505551234");
        for (characters, millis) in [(1, 500), (20, 800), (60, 2_400), (75, 3_000), (4_096, 3_000)] {
            message.content.text = Some("\u{e9}".repeat(characters));
            assert_eq!(duration_ms(&message), millis, "{characters}");
        }
    }
}
