use domain::session::Secret;
use proptest::prelude::*;

use super::*;
use crate::providers::documented;

const KEY: &str = "k3y-0f-the-server";

fn answered(status: u16, body: &str) -> Outcome {
    outcome(&Answer::new("WAHA server", status, None, body.as_bytes(), &Secret::new(KEY.to_owned())))
}

const NOT_WORKING: &str = r#"{"error":"Session status is not as expected.","session":"s","status":"STOPPED","expected":["WORKING"]}"#;

fn thrown(message: &str) -> String {
    serde_json::json!({ "statusCode": 500, "exception": { "message": message, "name": "Error" } }).to_string()
}

#[test]
fn each_documented_answer_has_its_outcome() {
    let documented = documented::answers("WAHA");
    assert!(documented.len() >= 40, "{}", documented.len());
    for row in documented {
        let outcome = answered(row.status, &row.body);
        assert_eq!(documented::name(&outcome), row.outcome, "{} {}", row.status, row.body);
    }
}

#[test]
fn an_answer_that_was_cut_is_not_guessed_at() {
    let cut = answered(422, &NOT_WORKING[..40]);
    assert_eq!(documented::name(&cut), "transient");
    let cut = answered(201, r#"{"id":"true_1@c.us_3E"#);
    assert_eq!(cut, Outcome::Accepted { provider_message_id: None });
}

#[test]
fn a_server_may_say_how_long_to_wait_within_bounds() {
    for (status, retry_after, hold_ms) in [
        (429, Some("7"), Some(7_000)),
        (503, Some("7"), Some(7_000)),
        (429, Some("0"), Some(1_000)),
        (429, Some("18446744073709551615"), Some(3_600_000)),
        (429, Some("soon"), None),
        (429, None, None),
    ] {
        let answer = Answer::new("WAHA server", status, retry_after, b"", &Secret::new(KEY.to_owned()));
        let Outcome::SessionTrouble { hold_ms: held, .. } = outcome(&answer) else { panic!("{status}") };
        assert_eq!(held, hold_ms, "{status} {retry_after:?}");
    }
}

#[test]
fn details_are_sentences() {
    let Outcome::Permanent(error) = answered(400, r#"{"message":["chatId is empty."],"statusCode":400}"#)
    else {
        panic!()
    };
    assert_eq!(error.detail, "The WAHA server refused the message (HTTP 400): chatId is empty.");
    let Outcome::SessionTrouble { detail, .. } = answered(422, NOT_WORKING) else { panic!() };
    assert_eq!(detail, "The WAHA session is stopped; start it at the WAHA server.");
    let Outcome::Unknown(why) = answered(500, &thrown("Evaluation failed: a\n  at b")) else { panic!() };
    assert_eq!(why, "The WAHA server failed while sending: Evaluation failed: a at b");
}

fn any_json() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        Just("id"),
        Just("key"),
        Just("_data"),
        Just("_serialized"),
        Just("Info"),
        Just("status"),
        Just("expected"),
        Just("message"),
        Just("error"),
        Just("exception"),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("7".to_owned()),
        Just("[\"WORKING\"]".to_owned()),
        "(true_)?[a-z_@.]{0,9}".prop_map(|text| format!("\"{text}\"")),
        Just(format!("\"a {KEY} b\"")),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        proptest::collection::vec((field.clone(), inner), 0..4).prop_map(|fields| {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", fields.join(","))
        })
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![any_json().prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #[test]
    fn every_answer_has_an_outcome_that_may_be_shown(
        status in 0_u16..1_000, body in any_body(), retry_after in proptest::option::of("[0-9a-z ]{0,25}"),
    ) {
        let answer = Answer::new("WAHA server", status, retry_after.as_deref(), &body, &Secret::new(KEY.to_owned()));
        let outcome = outcome(&answer);
        let is_success = (200..300).contains(&status);
        prop_assert!(is_success || !matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        prop_assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
        if let Outcome::SessionTrouble { hold_ms: Some(hold_ms), .. } = outcome {
            prop_assert!((1_000..=3_600_000).contains(&hold_ms));
        }
    }

    /// `no_blind_resend`: whatever a server that failed in the middle says, only WhatsApp's own refusal makes a repeat safe.
    #[test]
    fn a_500_is_repeated_only_after_a_refusal(body in any_body()) {
        let answer = Answer::new("WAHA server", 500, None, &body, &Secret::new(KEY.to_owned()));
        let refused = exception(&answer).is_some_and(|text| text.contains("server returned error"));
        prop_assert!(refused || matches!(outcome(&answer), Outcome::Unknown(_)));
    }
}
