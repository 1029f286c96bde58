use domain::session::Secret;
use domain::values::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::super::codes::CODES;
use super::*;
use crate::providers::{documented, sample};

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

#[test]
fn every_code_has_its_outcome_whatever_the_status() {
    for known in CODES {
        for code in [known.first, known.last] {
            for status in [200, 400, 401, 403, 404, 429, 500, 503] {
                let outcome = answered(status, &error(code));
                assert_eq!(documented::name(&outcome), known.meaning.name(), "{code} at {status}");
                let text = format!("{outcome:?}");
                assert!(text.contains(&code.to_string()) && !text.contains(TOKEN), "{text}");
            }
        }
    }
}

#[test]
fn each_documented_answer_has_its_outcome() {
    let documented = documented::answers("Cloud API");
    assert!(documented.len() >= 25, "{}", documented.len());
    for row in documented {
        let outcome = answered(row.status, &row.body);
        assert_eq!(documented::name(&outcome), row.outcome, "{} {}", row.status, row.body);
    }
}

#[test]
fn an_id_is_kept_as_meta_writes_it() {
    for (id, kept) in [("wamid.HBgL=", Some("wamid.HBgL=")), ("a b", None), ("", None)] {
        let outcome = answered(200, &json!({ "messages": [{ "id": id }] }).to_string());
        let told = match &outcome {
            Outcome::Accepted { provider_message_id } => provider_message_id.as_deref(),
            _ => None,
        };
        assert_eq!(told, kept, "{outcome:?}");
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
