use domain::session::Secret;
use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::super::codes::CODES;
use super::*;
use crate::providers::sample;

const TOKEN: &str = "t0k3n-0f-the-number";

fn answer(status: u16, body: &str) -> Answer {
    Answer::new("Cloud API", status, None, body.as_bytes(), &Secret::new(TOKEN.to_owned()))
}

fn answered(status: u16, body: &str) -> Outcome {
    outcome(&answer(status, body), &sample::message("16505551234"))
}

fn error(code: i64) -> String {
    json!({ "error": { "message": format!("(#{code}) {TOKEN}"), "type": "OAuthException", "code": code,
                       "error_data": { "messaging_product": "whatsapp", "details": "Its own words." }, "fbtrace_id": "A" } })
    .to_string()
}

fn kind(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Accepted { provider_message_id } => {
            ("accepted", provider_message_id.as_deref().unwrap_or_default())
        }
        Outcome::Transient(error) => ("transient", &error.code),
        Outcome::Permanent(error) => ("permanent", &error.code),
        Outcome::RequestRefused(error) => ("request refused", &error.code),
        Outcome::RecipientHeld { error, .. } => ("recipient held", &error.code),
        Outcome::NewContactsHeld { error, .. } => ("new contacts held", &error.code),
        Outcome::SessionTrouble { reason, .. } => ("held", reason.name()),
        Outcome::Unknown(_) => ("unknown", ""),
    }
}

const fn expected(meaning: Meaning) -> (&'static str, &'static str) {
    match meaning {
        Meaning::TooFast => ("held", "rate_limited"),
        Meaning::Unavailable => ("held", "provider_unreachable"),
        Meaning::Unknown => ("unknown", ""),
        Meaning::RecipientTooFast => ("recipient held", "recipient_rate_limited"),
        Meaning::Restricted => ("held", "account_restricted"),
        Meaning::Credentials => ("held", "credentials_refused"),
        Meaning::Recipient => ("permanent", "provider_rejected"),
        Meaning::Request => ("request refused", "request_refused"),
    }
}

#[test]
fn every_code_has_its_outcome_whatever_the_status() {
    for known in CODES {
        for code in [known.first, known.last] {
            for status in [200, 400, 401, 403, 404, 429, 500, 503] {
                let outcome = answered(status, &error(code));
                assert_eq!(kind(&outcome), expected(known.meaning), "{code} at {status}");
                let text = format!("{outcome:?}");
                assert!(text.contains(&code.to_string()) && !text.contains(TOKEN), "{text}");
            }
        }
    }
}

#[test]
fn each_answer_without_a_known_code_has_its_outcome() {
    let transient =
        |is_transient| json!({ "error": { "code": 1, "is_transient": is_transient } }).to_string();
    let accepted = |message: serde_json::Value| {
        json!({ "messaging_product": "whatsapp", "messages": [message] }).to_string()
    };
    for (status, body, expected) in [
        (200, accepted(json!({ "id": "wamid.A" })), ("accepted", "wamid.A")),
        (200, accepted(json!({ "id": "wamid.A", "message_status": "accepted" })), ("accepted", "wamid.A")),
        (
            200,
            accepted(json!({ "id": "wamid.A", "message_status": "held_for_quality_assessment" })),
            ("accepted", "wamid.A"),
        ),
        (200, accepted(json!({ "id": "wamid.A", "message_status": "paused" })), ("accepted", "wamid.A")),
        (201, accepted(json!({ "id": "wamid.A" })), ("accepted", "wamid.A")),
        (200, r#"{"messaging_product":"whatsapp","mess"#.to_owned(), ("accepted", "")),
        (200, accepted(json!({ "id": 7 })), ("unknown", "")),
        (200, accepted(json!({ "id": "a b" })), ("unknown", "")),
        (200, "{}".to_owned(), ("unknown", "")),
        (200, String::new(), ("unknown", "")),
        (200, "<html>".to_owned(), ("unknown", "")),
        (400, transient(true), ("transient", "provider_unavailable")),
        (500, transient(true), ("transient", "provider_unavailable")),
        (400, transient(false), ("permanent", "provider_rejected")),
        (500, transient(false), ("unknown", "")),
        (400, r#"{"error":{"code":999999}}"#.to_owned(), ("permanent", "provider_rejected")),
        (400, r#"{"error":{"code":"190"}}"#.to_owned(), ("transient", "provider_unavailable")),
        (400, r#"{"error":{"mess"#.to_owned(), ("transient", "provider_unavailable")),
        (301, String::new(), ("held", "provider_unreachable")),
        (401, String::new(), ("held", "credentials_refused")),
        (403, String::new(), ("held", "credentials_refused")),
        (404, "<html>".to_owned(), ("held", "provider_unreachable")),
        (408, String::new(), ("transient", "provider_unavailable")),
        (429, String::new(), ("held", "rate_limited")),
        (500, "<html>".to_owned(), ("unknown", "")),
        (502, String::new(), ("unknown", "")),
        (503, String::new(), ("held", "provider_unreachable")),
        (504, String::new(), ("unknown", "")),
    ] {
        assert_eq!(kind(&answered(status, &body)), expected, "{status} {body}");
    }
}

#[test]
fn details_are_sentences_with_the_code() {
    let Outcome::SessionTrouble { detail, hold_ms, .. } = answered(401, &error(190)) else { panic!() };
    assert_eq!(
        detail,
        "The access token has expired; make a new one and give it to the session (Meta's code 190: Its own words)."
    );
    assert_eq!(hold_ms, None);
    let Outcome::Permanent(error) = answered(400, r#"{"error":{"code":131047}}"#) else { panic!() };
    assert!(
        error.detail.ends_with("only a template may be sent now (Meta's code 131047)."),
        "{}",
        error.detail
    );
}

#[test]
fn a_recipients_waits_grow_fourfold_until_it_succeeds() {
    let mut message = sample::message("16505551234");
    let (mut now, mut waits) = (message.created_at, Vec::new());
    for _ in 0..7 {
        message.times.sending_at = Some(now);
        let Outcome::RecipientHeld { error, hold_ms } = outcome(&answer(400, &error(131_056)), &message)
        else {
            panic!()
        };
        message.error = Some(error);
        waits.push(hold_ms / 1_000);
        // The session's gap comes on top.
        now = now.plus_millis(hold_ms + 500);
    }
    assert_eq!(waits, [1, 4, 16, 64, 256, 256, 256]);
}

/// A message of a campaign may be in line for a day before its first call, and one that was scheduled was not in line.
#[test]
fn a_first_hold_is_short_however_long_a_message_was_in_line() {
    let mut message = sample::message("16505551234");
    message.times.sending_at = Some(message.created_at.plus_millis(86_400_000));
    assert_eq!(recipient_hold_ms(&message), 1_000);
    message.error = Some(MessageError::new(RECIPIENT_RATE_LIMITED, "held"));
    assert_eq!(recipient_hold_ms(&message), RECIPIENT_HOLD_MAX_MS);
    message.scheduled_at = Some(message.created_at.plus_millis(86_399_000));
    assert_eq!(recipient_hold_ms(&message), 4_000);
    message.times.sending_at = Some(Timestamp::EPOCH);
    assert_eq!(recipient_hold_ms(&message), 4_000);
}

proptest! {
    #[test]
    fn every_answer_has_an_outcome_that_may_be_shown(
        status in 100_u16..1_000,
        code in proptest::option::of(-10_i64..140_000),
        is_transient in proptest::option::of(any::<bool>()),
        text in "[a-z{}<]{0,20}",
    ) {
        let body = match code {
            Some(code) => json!({ "error": { "code": code, "is_transient": is_transient, "message": format!("{text} {TOKEN}") } }).to_string(),
            None => text,
        };
        let outcome = answered(status, &body);
        prop_assert!(!format!("{outcome:?}").contains(TOKEN), "{outcome:?}");
        let is_success = (200..300).contains(&status) && code.is_none();
        prop_assert!(is_success || !matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
}
