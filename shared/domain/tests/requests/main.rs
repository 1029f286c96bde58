//! The parsers of requests: the table of bodies that the tests of the whole system send, and arbitrary JSON.

#[path = "../../../../tests/system/src/cases.rs"]
pub mod cases;

mod arbitrary;

use arbitrary::{
    SEND_FIELDS, SESSION_FIELDS, any_json, body_of, change_field, mutated, valid_sends, valid_sessions,
};
use cases::{Body, Case, cases};
use domain::limits::{
    CAPTION_MAX_CHARS, MEDIA_URL_MAX_CHARS, SCHEDULE_AHEAD_MAX_MS, SCHEDULE_PAST_TOLERANCE_MS, TEXT_MAX_CHARS,
};
use domain::message::{ContentType, Retention};
use domain::providers::{ProviderConfig, WahaSettings};
use domain::request::{FieldCode, FieldError, SendRequest, SessionRequest, SessionRules};
use domain::sending::pacing::Pacing;
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId};
use domain::values::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);
const SESSION: &str = "0193b3c0-0000-7000-8000-000000000001";
const FILLINGS: &[(&str, &str)] = &[
    ("sessionId", SESSION),
    ("SESSIONID", "0193B3C0-0000-7000-8000-000000000001"),
    ("otherSessionId", "0193b3c0-0000-7000-8000-000000000002"),
    ("unknownSessionId", "0193b3c0-0000-7000-8000-000000000003"),
    ("nowInTokyo", "2026-04-20T19:00:00+09:00"),
];
const RULES: SessionRules =
    SessionRules { default_pacing: Pacing::DEFAULT, gap_floor_ms: 1000, allow_private_providers: false };

// --- The table ---

/// What the parser is asked: the body, if it is JSON.
fn json_of(case: &Case) -> Option<Value> {
    match &case.body {
        Body::Json(body) => Some(body.clone()),
        Body::Raw(bytes) => domain::values::json::parse(bytes).ok(),
    }
}

fn pointers_and_codes(errors: &[FieldError]) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        errors.iter().map(|error| (error.pointer.clone(), error.code.name().to_owned())).collect();
    all.sort();
    all
}

#[test]
fn the_table_is_refused_field_by_field() {
    let refused_here = |case: &Case| case.code.as_deref() == Some("validation_failed");
    let cases: Vec<_> = cases("wrong", NOW, FILLINGS).into_iter().filter(refused_here).collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for case in cases {
        let body = json_of(&case).unwrap_or_else(|| panic!("{}: not JSON", case.name));
        let errors = SendRequest::parse(&body, NOW, None).expect_err(&case.name);
        assert_eq!(pointers_and_codes(&errors), case.errors, "{}", case.name);
    }
}

#[test]
fn what_is_no_json_is_no_json() {
    for case in cases("wrong", NOW, FILLINGS) {
        let is_json = json_of(&case).is_some();
        assert!(!is_json || case.code.as_deref() != Some("malformed_json"), "{}", case.name);
    }
}

#[test]
fn the_near_misses_are_accepted() {
    for case in cases("right", NOW, FILLINGS) {
        let body = json_of(&case).unwrap_or_else(|| panic!("{}: not JSON", case.name));
        let request =
            SendRequest::parse(&body, NOW, None).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.name));
        assert_eq!(request.session_id.to_string(), SESSION, "{}", case.name);
        assert_invariants(&body, &request);
    }
}

/// Every error names something that is in the body, or a field that is missing there; and says what would be right.
fn assert_honest(body: &Value, errors: &[FieldError], known: &[&str]) {
    assert!(!errors.is_empty(), "refused without an error: {body}");
    for error in errors {
        let found = body.pointer(&error.pointer);
        if error.code == FieldCode::Required {
            let is_blank =
                |value: &Value| value.is_null() || value == "" || error.detail.contains("can be seen");
            assert!(found.is_none_or(is_blank), "{} is there: {body}", error.pointer);
            let (parent, name) = error.pointer.rsplit_once('/').expect("a field");
            assert!(body.pointer(parent).is_some_and(Value::is_object), "{error:?} is nowhere in {body}");
            assert!(known.contains(&name), "{name} is no field that could be missing");
        } else {
            assert!(found.is_some(), "{error:?} points to nothing in {body}");
        }
        assert!(!error.detail.is_empty());
    }
    let mut told = pointers_and_codes(errors);
    told.dedup();
    assert_eq!(told.len(), errors.len(), "told twice: {errors:?}");
}

/// A value that exists is valid, and is what the body says.
fn assert_invariants(body: &Value, request: &SendRequest) {
    let object = body.as_object().expect("an object");
    assert!(object.keys().all(|name| SEND_FIELDS.contains(&name.as_str())), "{body}");
    let to = request.to.as_str();
    assert!(!to.starts_with('0') && Contact::parse(to).as_ref() == Ok(&request.to), "{to}");
    if let Some(number) = request.to.number() {
        assert!((7..=15).contains(&number.digits().len()), "{number}");
    }
    assert_content(body, request);
    let number = request.priority.number();
    let said = &body["priority"];
    let said_number = said.as_f64().or_else(|| said.as_str()?.parse().ok()).unwrap_or(5.0);
    let same = (said_number - f64::from(number)).abs() < f64::EPSILON;
    assert!(same && matches!(number, 1 | 5 | 10), "{number}: {said}");
    let ahead = request.scheduled_at.map_or(0, |at| at.millis_since(NOW));
    assert!((-SCHEDULE_PAST_TOLERANCE_MS..=SCHEDULE_AHEAD_MAX_MS).contains(&ahead), "{ahead}");
    let (account_id, message_id) = (AccountId::new(NOW, 1), MessageId::new(NOW, 2));
    let message = request.clone().message(account_id, message_id, NOW, Retention::default());
    assert_eq!(message.pending_key.map(|key| key.due.millis_since(NOW)), Some(ahead.max(0)));
}

fn assert_content(body: &Value, request: &SendRequest) {
    let content = &request.content;
    for (name, text) in [
        ("message", &content.text),
        ("mediaUrl", &content.media_url),
        ("mediaCaption", &content.media_caption),
        ("fileName", &content.file_name),
    ] {
        assert!(text.is_none() || body[name].as_str() == text.as_deref(), "{name}");
    }
    let type_name = body["type"].as_str().filter(|name| !name.is_empty()).unwrap_or("text");
    assert_eq!(type_name, content.content_type.name());
    let chars = |text: &Option<String>| text.as_ref().map(|text| text.chars().count());
    let is_text = content.content_type == ContentType::Text;
    let caption = if is_text { None } else { content.caption().map(|text| text.chars().count()) };
    assert!(chars(&content.text).is_none_or(|n| (1..=TEXT_MAX_CHARS).contains(&n)));
    assert!(caption.is_none_or(|n| (1..=CAPTION_MAX_CHARS).contains(&n)), "{caption:?}");
    assert!(chars(&content.media_url).is_none_or(|n| n <= MEDIA_URL_MAX_CHARS));
    let media = content.media_url.as_deref().map(str::to_ascii_lowercase);
    assert!(media.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://")));
    match content.content_type {
        ContentType::Text => {
            assert!(content.text.is_some() && content.media_url.is_none() && content.media_caption.is_none());
        }
        ContentType::Audio => {
            assert!(content.text.is_none() && content.media_url.is_some() && content.media_caption.is_none());
        }
        ContentType::Image | ContentType::File | ContentType::Video => assert!(content.media_url.is_some()),
    }
}

fn check_send(body: &Value) {
    match SendRequest::parse(body, NOW, None) {
        Ok(request) => assert_invariants(body, &request),
        Err(errors) => assert_honest(body, &errors, SEND_FIELDS),
    }
}

fn check_session(body: &Value) {
    match SessionRequest::parse(body, &RULES) {
        Ok(request) => {
            let object = body.as_object().expect("an object");
            assert!(
                object.keys().all(|name| ["name", "provider", "pacing", "limits", "defaultCountry"]
                    .contains(&name.as_str())),
                "{body}"
            );
            assert!((1..=100).contains(&request.name.chars().count()), "{}", request.name);
            let pacing = request.settings.pacing.unwrap_or(Pacing::DEFAULT);
            let needs_gaps = request.provider != ProviderConfig::Sandbox;
            assert!(pacing.min_gap_ms() >= RULES.gap_floor_ms || !needs_gaps);
            assert!(pacing.min_gap_ms() <= pacing.max_gap_ms());
            if let ProviderConfig::Waha(WahaSettings { base_url, .. }) = request.provider {
                assert!(base_url.starts_with("https://") && !base_url.ends_with('/'), "{base_url}");
            }
        }
        Err(errors) => assert_honest(body, &errors, SESSION_FIELDS),
    }
}

#[test]
fn wrong_sessions_are_refused_field_by_field() {
    let too_long = "x".repeat(101);
    for (at, name, value, expected) in [
        ("", "name", json!("  "), "/name too_short"),
        ("", "name", json!(too_long), "/name too_long"),
        ("", "name", json!(null), "/name required"),
        ("", "provider", json!(null), "/provider required"),
        ("", "provider", json!("waha"), "/provider wrong_type"),
        ("", "pacing", json!([1, 2]), "/pacing wrong_type"),
        ("", "color", json!(1), "/color unknown_field"),
        ("", "provider", json!({ "kind": "telegram" }), "/provider/kind out_of_range"),
        ("/provider", "baseUrl", json!("http://waha.example"), "/provider/baseUrl invalid_format"),
        ("/provider", "baseUrl", json!("https://user@waha.example"), "/provider/baseUrl invalid_format"),
        ("/provider", "baseUrl", json!("https://waha.example?a"), "/provider/baseUrl invalid_format"),
        ("/provider", "apiKey", json!("two words"), "/provider/apiKey invalid_format"),
        ("/provider", "apiKey", json!(null), "/provider/apiKey required"),
        ("/provider", "session", json!(""), "/provider/session too_short"),
        ("/provider", "checkNumbers", json!("yes"), "/provider/checkNumbers wrong_type"),
        ("/provider", "a/b", json!(""), "/provider/a~1b unknown_field"),
        ("/pacing", "minGapMs", json!(999), "/pacing/minGapMs out_of_range"),
        ("/pacing", "minGapMs", json!(9001), "/pacing/maxGapMs out_of_range"),
        ("/pacing", "maxGapMs", json!(3_600_001), "/pacing/maxGapMs out_of_range"),
        ("/pacing", "minGapMs", json!(1.5), "/pacing/minGapMs wrong_type"),
    ] {
        let mut body = valid_sessions()[1].clone();
        body["pacing"] = json!({ "minGapMs": 5000, "maxGapMs": 9000 });
        assert!(SessionRequest::parse(&body, &RULES).is_ok());
        change_field(
            body.pointer_mut(at).and_then(Value::as_object_mut).expect("an object"),
            name.to_owned(),
            Some(value),
        );
        let errors = SessionRequest::parse(&body, &RULES).expect_err(expected);
        let (pointer, code) = expected.split_once(' ').expect("a pointer and a code");
        assert_eq!(pointers_and_codes(&errors), [(pointer.to_owned(), code.to_owned())]);
        check_session(&body);
    }
}

#[test]
fn wrong_limits_are_refused_field_by_field() {
    let valid = json!({
        "dailyMax": 200, "newContactsDailyMax": 50, "timeZone": "Europe/Berlin",
        "warmUp": { "startPerDay": 5, "growthPercent": 20, "days": 30 },
        "quietHours": { "from": "22:00", "to": "07:00" },
    });
    for (at, name, value, expected) in [
        ("", "dailyMax", json!(0), "/limits/dailyMax out_of_range"),
        ("", "dailyMax", json!(1.5), "/limits/dailyMax wrong_type"),
        ("", "newContactsDailyMax", json!(1_000_001), "/limits/newContactsDailyMax out_of_range"),
        ("", "timeZone", json!("Europe/Atlantis"), "/limits/timeZone invalid_format"),
        ("", "weekends", json!(false), "/limits/weekends unknown_field"),
        ("/warmUp", "startPerDay", json!(0), "/limits/warmUp/startPerDay out_of_range"),
        ("/warmUp", "growthPercent", json!(901), "/limits/warmUp/growthPercent out_of_range"),
        ("/warmUp", "days", json!(null), "/limits/warmUp/days required"),
        ("/quietHours", "from", json!("25:00"), "/limits/quietHours/from invalid_format"),
        ("/quietHours", "to", json!("22:00"), "/limits/quietHours/to out_of_range"),
        ("/quietHours", "to", json!(null), "/limits/quietHours/to required"),
    ] {
        let mut body = valid_sessions()[0].clone();
        body["limits"] = valid.clone();
        assert!(SessionRequest::parse(&body, &RULES).is_ok_and(|request| request.settings.limits.is_some()));
        let object = body.pointer_mut(&format!("/limits{at}")).and_then(Value::as_object_mut);
        change_field(object.expect("an object"), name.to_owned(), Some(value));
        let errors = SessionRequest::parse(&body, &RULES).expect_err(expected);
        let (pointer, code) = expected.split_once(' ').expect("a pointer and a code");
        assert_eq!(pointers_and_codes(&errors), [(pointer.to_owned(), code.to_owned())]);
    }
    let mut body = valid_sessions()[0].clone();
    body["limits"] = json!({ "timeZone": "Europe/Berlin" });
    assert!(
        SessionRequest::parse(&body, &RULES)
            .is_ok_and(|request| request.settings.limits.is_some_and(|limits| !limits.limits_anything()))
    );
}

/// However wrong a body is, its refusal fits into an answer.
#[test]
fn a_refusal_stays_small() {
    let many: Value = (0..10_000).map(|n| (n.to_string(), Value::from(n))).collect();
    let long = Value::Object([("~".repeat(100_000), Value::Null)].into_iter().collect());
    for body in [many, long] {
        let errors = SendRequest::parse(&body, NOW, None).expect_err("unknown fields");
        assert_honest(&body, &errors, SEND_FIELDS);
        let bytes: usize = errors.iter().map(|error| error.pointer.len() + error.detail.len()).sum();
        assert!(bytes <= 32 * 1024, "{} errors of {bytes} bytes", errors.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn arbitrary_json_is_accepted_or_refused_with_reasons(body in any_json(SEND_FIELDS)) {
        check_send(&body);
        check_session(&body);
    }

    #[test]
    fn spoilt_sends_are_accepted_or_refused_with_reasons(body in mutated(valid_sends(), SEND_FIELDS)) {
        check_send(&body);
    }

    #[test]
    fn spoilt_sessions_are_accepted_or_refused_with_reasons(body in mutated(valid_sessions(), SESSION_FIELDS)) {
        check_session(&body);
    }

    /// What was read is read again as the same.
    #[test]
    fn reading_is_stable(body in mutated(valid_sends(), SEND_FIELDS)) {
        if let Ok(request) = SendRequest::parse(&body, NOW, None) {
            let request = SendRequest { warnings: Vec::new(), ..request };
            prop_assert_eq!(SendRequest::parse(&body_of(&request), NOW, None), Ok(request));
        }
    }
}
