//! Bodies that are refused, each with the right status, code and pointers, and leave nothing behind; and near misses.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use system::account::SHORT_GAPS;
use system::cases::{Body, Case, cases};
use system::{Account, Answer, Stack, now, report};

/// No refusal is larger than this, in bytes, however wrong the body is.
const REFUSAL_MAX_BYTES: usize = 64 * 1024;

struct Bench {
    stack: Stack,
    account: Account,
    session: String,
    other_session: String,
}

impl Bench {
    async fn new() -> Self {
        let stack = Stack::from_env();
        let (account, other) = (Account::create(&stack).await, Account::create(&stack).await);
        let (session, other_session) = (account.sandbox(SHORT_GAPS).await, other.sandbox(SHORT_GAPS).await);
        Self { stack, account, session, other_session }
    }

    fn cases(&self, section: &str) -> Vec<Case> {
        let in_tokyo = now().plus_millis(9 * 3_600_000).to_string().replace('Z', "+09:00");
        let fillings = [
            ("sessionId", self.session.as_str()),
            ("SESSIONID", &self.session.to_uppercase()),
            ("otherSessionId", &self.other_session),
            ("unknownSessionId", "0193b3c0-0000-7000-8000-00000000dead"),
            ("nowInTokyo", &in_tokyo),
        ];
        cases(section, now(), &fillings)
    }

    async fn send(&self, case: &Case) -> Answer {
        let body = match &case.body {
            Body::Json(body) => body.to_string().into_bytes(),
            Body::Raw(bytes) => bytes.clone(),
        };
        self.account.api.request(Method::POST, "/messages/send", case.content_type.as_deref(), body).await
    }
}

#[tokio::test]
async fn every_wrong_body_is_refused_and_leaves_nothing() {
    let bench = Bench::new().await;
    let cases = bench.cases("wrong");
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for case in &cases {
        let answer = bench.send(case).await;
        let name = &case.name;
        assert_eq!(
            answer.refusal(),
            (case.status, case.code.as_deref().unwrap_or_default()),
            "{name}: {answer:?}"
        );
        assert_eq!(answer.errors(), case.errors, "{name}: {answer:?}");
        assert!(answer.bytes <= REFUSAL_MAX_BYTES, "{name}: {} bytes", answer.bytes);
    }
    for session in [&bench.session, &bench.other_session] {
        assert_eq!(bench.stack.rows(session).await, Vec::<Value>::new());
        assert_eq!(bench.stack.queued(session).await, Vec::<Value>::new());
    }
    let codes: BTreeSet<_> = cases.iter().flat_map(|case| &case.errors).map(|(_, code)| code).collect();
    report(format!("wrong bodies: {} cases, {} codes of fields", cases.len(), codes.len()));
}

#[tokio::test]
async fn every_near_miss_is_accepted_and_stored() {
    let bench = Bench::new().await;
    let cases = bench.cases("right");
    for case in &cases {
        let answer = bench.send(case).await;
        assert_eq!(answer.status, 202, "{}: {answer:?}", case.name);
    }
    let rows = bench.stack.rows(&bench.session).await;
    assert_eq!(rows.len(), cases.len());
    // So that the queues are seen, where the table of wrong bodies must leave nothing.
    assert!(!bench.stack.queued(&bench.session).await.is_empty());
}

/// What is refused is refused before anyone was asked who is calling: it must not cost much.
#[tokio::test]
async fn a_refusal_is_small_however_wrong_the_body_is() {
    let stack = Stack::from_env();
    let api = stack.with_key(&stack.about.demo.api_key);
    let many = |count: usize| (0..count).map(|n| (format!("{n:x}"), Value::from(1))).collect::<Value>();
    let long = |name: &str| Value::Object([(name.repeat(5_000_000), Value::from(1))].into_iter().collect());
    for body in [many(100_000), many(400_000), long("a"), long("~")] {
        let answer = api.post_send(&body).await;
        assert_eq!(answer.refusal(), (400, "validation_failed"));
        assert!(answer.bytes <= REFUSAL_MAX_BYTES, "{} bytes", answer.bytes);
    }
}
