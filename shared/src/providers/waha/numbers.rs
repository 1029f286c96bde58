//! Whether a number is on WhatsApp, asked before the first send to it.

use domain::message::MessageError;
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::values::phone::PhoneNumber;

use super::classify;
use crate::providers::error_code::NOT_ON_WHATSAPP;
use crate::providers::http::{Answer, Failure, held};

/// The path of the question.
pub(super) const PATH: &str = "/api/contacts/check-exists";

/// What is known about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// It is on WhatsApp, with this chat id.
    Chat(String),
    /// It is not on WhatsApp.
    Missing,
    /// The server does not say; sending will show.
    Unsaid,
}

/// Reads what came back. An error is what it means for the message, which was not sent: where a question is refused or
/// not answered, the message would fare no better, and its outcome would be unknown.
pub(super) fn read(answered: Result<Answer, Failure>) -> Result<Number, Outcome> {
    let answer = match answered {
        Ok(answer) => answer,
        Err(Failure::AnswerLost(_)) => return Err(held(HoldReason::ProviderUnreachable, unanswered())),
        Err(not_sent @ Failure::NotSent(..)) => return Err(not_sent.outcome()),
    };
    if !(200..300).contains(&answer.status) {
        return classify::trouble(&answer).map_or(Ok(Number::Unsaid), Err);
    }
    Ok(match (answer.json["numberExists"].as_bool(), answer.json["chatId"].as_str()) {
        (Some(true), Some(chat_id)) if is_chat(chat_id) => Number::Chat(chat_id.to_owned()),
        (Some(false), _) => Number::Missing,
        _ => Number::Unsaid,
    })
}

fn is_chat(chat_id: &str) -> bool {
    let digits = chat_id.strip_suffix("@c.us");
    digits.is_some_and(|digits| PhoneNumber::parse(digits).is_ok_and(|phone| phone.digits() == digits))
}

fn unanswered() -> String {
    "The WAHA server did not say in time whether the number is on WhatsApp; nothing was sent.".to_owned()
}

/// The outcome for a message to a number that is not on WhatsApp.
pub(super) fn missing() -> Outcome {
    let detail = "This number is not on WhatsApp, says the WAHA server; correct it, or leave it out.";
    Outcome::Permanent(MessageError::new(NOT_ON_WHATSAPP, detail))
}

#[cfg(test)]
mod tests {
    use domain::session::Secret;

    use super::*;

    fn answered(status: u16, body: &str) -> Result<Number, Outcome> {
        let secret = Secret::new("key".to_owned());
        read(Ok(Answer::new("WAHA server", status, None, body.as_bytes(), &secret)))
    }

    #[test]
    fn an_answer_tells_the_chat() {
        let chat = Number::Chat("551187654321@c.us".to_owned());
        for (status, body, number) in [
            (200, r#"{"numberExists":true,"chatId":"551187654321@c.us"}"#, chat),
            (200, r#"{"numberExists":false}"#, Number::Missing),
            (200, r#"{"numberExists":true}"#, Number::Unsaid),
            (200, r#"{"numberExists":true,"chatId":"77@lid"}"#, Number::Unsaid),
            (200, r#"{"numberExists":true,"chatId":"+551187654321@c.us"}"#, Number::Unsaid),
            (200, "<html>", Number::Unsaid),
            (404, r#"{"message":"Cannot GET /api/contacts/check-exists"}"#, Number::Unsaid),
            (500, "", Number::Unsaid),
            (501, "", Number::Unsaid),
            (422, r#"{"message":"Session in the engine 'X' does not support it"}"#, Number::Unsaid),
        ] {
            assert_eq!(answered(status, body), Ok(number), "{status} {body}");
        }
    }

    #[test]
    fn trouble_of_the_session_keeps_the_message() {
        for (answered, reason) in [
            (answered(401, ""), HoldReason::CredentialsRefused),
            (
                answered(422, r#"{"status":"STOPPED","expected":["WORKING"]}"#),
                HoldReason::SessionDisconnected,
            ),
            (answered(503, ""), HoldReason::ProviderUnreachable),
            (read(Err(Failure::AnswerLost("lost".to_owned()))), HoldReason::ProviderUnreachable),
        ] {
            let Err(Outcome::SessionTrouble { reason: told, .. }) = answered else { panic!("{answered:?}") };
            assert_eq!(told, reason);
        }
    }
}
