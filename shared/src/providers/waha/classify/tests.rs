use domain::session::Secret;
use proptest::prelude::*;

use super::*;

const KEY: &str = "k3y-0f-the-server";

fn answered(status: u16, body: &str) -> Outcome {
    outcome(&Answer::new("WAHA server", status, None, body.as_bytes(), &Secret::new(KEY.to_owned())))
}

/// The kind of an outcome, and what tells it from others of that kind.
fn kind(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Accepted { provider_message_id } => ("accepted", provider_message_id.unwrap_or_default()),
        Outcome::Transient(error) => ("transient", error.code),
        Outcome::Permanent(error) => ("permanent", error.code),
        Outcome::RequestRefused(error) => ("request refused", error.code),
        Outcome::RecipientHeld { error, .. } => ("recipient held", error.code),
        Outcome::NewContactsHeld { error, .. } => ("new contacts held", error.code),
        Outcome::SessionTrouble { reason, .. } => ("held", reason.name().to_owned()),
        Outcome::Unknown(_) => ("unknown", String::new()),
    }
}

const NOT_WORKING: &str = r#"{"error":"Session status is not as expected.","session":"s","status":"STOPPED","expected":["WORKING"]}"#;

fn thrown(message: &str) -> String {
    serde_json::json!({ "statusCode": 500, "exception": { "message": message, "name": "Error" } }).to_string()
}

#[test]
fn each_answer_has_its_outcome() {
    let nack = |code: &str| thrown(&format!("2 UNKNOWN: server returned error {code}"));
    let table = [
        (201, r#"{"id":"true_1@c.us_3EB0"}"#.to_owned(), ("accepted", "3EB0")),
        (200, r#"{"key":{"id":"3EB0"}}"#.to_owned(), ("accepted", "3EB0")),
        (201, String::new(), ("accepted", "")),
        (201, r#"{"id":"true_1@c.us_3E"#.to_owned(), ("accepted", "")),
        (200, " <!doctype html>".to_owned(), ("unknown", "")),
        (302, String::new(), ("held", "provider_unreachable")),
        (400, r#"{"message":"no session"}"#.to_owned(), ("permanent", "provider_rejected")),
        (401, r#"{"message":"Unauthorized","statusCode":401}"#.to_owned(), ("held", "credentials_refused")),
        (403, String::new(), ("held", "credentials_refused")),
        (
            404,
            r#"{"message":"We didn't find a session","statusCode":404}"#.to_owned(),
            ("held", "session_disconnected"),
        ),
        (404, r#"{"message":"Cannot POST /x/api/sendText"}"#.to_owned(), ("held", "provider_unreachable")),
        (404, "<html>nginx".to_owned(), ("held", "provider_unreachable")),
        (405, String::new(), ("held", "provider_unreachable")),
        (408, String::new(), ("transient", "provider_unavailable")),
        (402, String::new(), ("request refused", "request_refused")),
        (413, String::new(), ("permanent", "provider_rejected")),
        (415, String::new(), ("request refused", "request_refused")),
        (422, NOT_WORKING.to_owned(), ("held", "session_disconnected")),
        (
            422,
            r#"{"message":"no such chat","statusCode":422}"#.to_owned(),
            ("permanent", "provider_rejected"),
        ),
        (422, r#"{"status":"STOPPED"}"#.to_owned(), ("permanent", "provider_rejected")),
        (422, NOT_WORKING[..40].to_owned(), ("transient", "provider_unavailable")),
        (429, String::new(), ("held", "rate_limited")),
        (500, nack("463"), ("new contacts held", "new_contact_restricted")),
        (500, nack("429"), ("held", "rate_limited")),
        (500, nack("400"), ("transient", "provider_unavailable")),
        (500, nack("4630"), ("transient", "provider_unavailable")),
        (500, nack("x"), ("unknown", "")),
        (500, thrown("Timed out"), ("unknown", "")),
        (500, "server returned error 463".to_owned(), ("unknown", "")),
        (500, String::new(), ("unknown", "")),
        (502, String::new(), ("unknown", "")),
        (503, "no healthy upstream".to_owned(), ("held", "provider_unreachable")),
        (503, envoy("connection failure"), ("held", "provider_unreachable")),
        (
            503,
            envoy("remote connection failure, transport failure reason: refused"),
            ("held", "provider_unreachable"),
        ),
        (503, envoy("connection termination"), ("unknown", "")),
        (504, String::new(), ("unknown", "")),
        (520, String::new(), ("unknown", "")),
        (521, String::new(), ("held", "provider_unreachable")),
        (530, String::new(), ("held", "provider_unreachable")),
        (101, String::new(), ("unknown", "")),
        (999, String::new(), ("unknown", "")),
    ];
    for (status, body, (what, which)) in table {
        assert_eq!(kind(answered(status, &body)), (what, which.to_owned()), "{status} {body}");
    }
}

fn envoy(reason: &str) -> String {
    format!("upstream connect error or disconnect/reset before headers. reset reason: {reason}")
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
