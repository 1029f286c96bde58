//! The test numbers of the sandbox, and with them retries, failures and holds.

use domain::values::time::Timestamp;
use system::account::{SHORT_GAPS, text_message};
use system::{Account, Message, PATIENCE_MS, Stack, eventually, now, report, sleep_ms};

/// What a busy test machine may need on top of a wait, in milliseconds.
const MACHINE_MS: i64 = 10_000;

async fn account_and_session() -> (Stack, Account, String) {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    (stack, account, session)
}

/// The waits before each retry, as the message told them while it waited: from its claim until its next due time.
fn retry_waits_ms(looks: &[Message]) -> Vec<(u64, i64)> {
    let mut waits: Vec<(u64, i64)> = looks
        .iter()
        .filter_map(|look| match look.waiting()? {
            ("retry", Some(until)) => Some((look.attempts(), until.millis_since(look.at("sendingAt")))),
            _ => None,
        })
        .collect();
    waits.dedup();
    waits
}

/// The waits are 5, 10 and 20 s, and the call that failed before them; never as long as the next one.
fn assert_retry_waits(looks: &[Message], expected_ms: &[i64]) {
    let waits = retry_waits_ms(looks);
    assert_eq!(waits.len(), expected_ms.len(), "{waits:?}");
    for ((attempts, wait), (number, expected)) in waits.iter().zip((1..).zip(expected_ms)) {
        assert_eq!(*attempts, number, "{waits:?}");
        assert!((*expected..2 * expected).contains(wait), "{waits:?}");
    }
}

#[tokio::test]
async fn number_0001_gets_through_at_the_third_attempt() {
    let (_, account, session) = account_and_session().await;
    let sent = account.api.send(&text_message(&session, "16505550001")).await;
    let looks = account.api.follow(&sent.id, &["delivered", "read", "failed"], PATIENCE_MS).await;
    assert_retry_waits(&looks, &[5_000, 10_000]);
    let message = looks.last().expect("a look");
    assert_eq!(
        (message.status(), message.attempts(), message.error_code()),
        ("delivered", 3, None),
        "{message}"
    );
    let took_ms = message.at("sentAt").millis_since(sent.created_at);
    report(format!("0001: sent after {took_ms} ms"));
    assert!((15_000..15_000 + 2 * MACHINE_MS).contains(&took_ms), "{took_ms} ms");
}

#[tokio::test]
async fn number_0002_fails_for_good() {
    let (_, account, session) = account_and_session().await;
    let id = account.api.send(&text_message(&session, "16505550002")).await.id;
    let message = account.api.reaches(&id, &["failed"], PATIENCE_MS).await;
    assert_eq!((message.attempts(), message.error_code()), (1, Some("provider_rejected")), "{message}");
    assert_eq!((message.time("sentAt"), message.waiting()), (None, None));
    assert_stays(&account, &message).await;
}

#[tokio::test]
async fn number_0003_is_not_sent_again() {
    let (_, account, session) = account_and_session().await;
    let id = account.api.send(&text_message(&session, "16505550003")).await.id;
    let message = account.api.reaches(&id, &["failed"], PATIENCE_MS).await;
    assert_eq!((message.attempts(), message.error_code()), (1, Some("outcome_unknown")), "{message}");
    assert_stays(&account, &message).await;
}

/// Nothing happens to it for longer than the first retry would wait.
async fn assert_stays(account: &Account, message: &Message) {
    sleep_ms(6_500).await;
    assert_eq!(&account.api.message(message.0["id"].as_str().expect("an id")).await, message);
}

#[tokio::test]
async fn number_0004_fails_after_three_retries() {
    let (_, account, session) = account_and_session().await;
    let id = account.api.send(&text_message(&session, "16505550004")).await.id;
    let looks = account.api.follow(&id, &["sent", "delivered", "read", "failed"], 2 * PATIENCE_MS).await;
    assert_retry_waits(&looks, &[5_000, 10_000, 20_000]);
    let message = looks.last().expect("a look");
    assert_eq!((message.status(), message.attempts()), ("failed", 4), "{message}");
    assert_eq!(message.error_code(), Some("provider_unavailable"), "{message}");
}

#[tokio::test]
async fn a_message_that_waits_for_a_retry_holds_nothing_back() {
    let (_, account, session) = account_and_session().await;
    let failing = account.api.send(&text_message(&session, "16505550001")).await.id;
    let again_at = eventually(PATIENCE_MS, async || {
        let message = account.api.message(&failing).await;
        match message.waiting() {
            Some(("retry", Some(until))) if message.attempts() == 2 => Ok(until),
            _ => Err(message.to_string()),
        }
    })
    .await;
    let other = account.api.send(&text_message(&session, "16505551234")).await.id;
    let other = account.api.reaches(&other, &["sent", "delivered", "read"], PATIENCE_MS).await;
    assert!(other.at("sentAt") < again_at, "{again_at}: {other}");
}

#[tokio::test]
async fn number_0005_waits_until_its_session_is_connected_again() {
    let (_, account, session) = account_and_session().await;
    let id = account.api.send(&text_message(&session, "16505550005")).await.id;
    let held = eventually(PATIENCE_MS, async || {
        let message = account.api.message(&id).await;
        let is_held = message.waiting().is_some_and(|(reason, _)| reason == "session_disconnected");
        if is_held { Ok(message) } else { Err(message.to_string()) }
    })
    .await;
    assert_eq!((held.status(), held.attempts(), held.error_code()), ("queued", 0, None), "{held}");
    let until = held.waiting().and_then(|(_, until)| until).expect("an end");
    assert!((0..=15_000).contains(&until.millis_since(now())), "{held}");

    // The whole session rests, so another message waits for the same.
    let other = account.api.send(&text_message(&session, "16505551234")).await.id;
    let other_waits = account.api.message(&other).await;
    assert_eq!(other_waits.waiting(), Some(("session_disconnected", Some(until))), "{other_waits}");

    for id in [&id, &other] {
        let message = account.api.reaches(id, &["delivered", "read"], PATIENCE_MS).await;
        assert_eq!((message.attempts(), message.error_code()), (1, None), "{message}");
        assert_released_on_time(&message, until);
    }
}

fn assert_released_on_time(message: &Message, until: Timestamp) {
    let late_ms = message.at("sentAt").millis_since(until);
    report(format!("0005: sent {late_ms} ms after the hold"));
    assert!((0..MACHINE_MS).contains(&late_ms), "{late_ms} ms: {message}");
}

#[tokio::test]
async fn an_echo_is_answered() {
    let (stack, account, session) = account_and_session().await;
    let mut body = text_message(&session, "16505551234");
    body["message"] = "echo: hi".into();
    let sent = account.api.send(&body).await;
    let inbound = eventually(PATIENCE_MS, async || {
        let rows = stack.rows(&session).await;
        rows.iter().find(|row| row["direction"] == "inbound").cloned().ok_or(format!("{rows:?}"))
    })
    .await;
    let id = inbound["messageId"].as_str().expect("an id");
    let answer = account.api.message(id).await;
    assert_eq!((answer.status(), answer.attempts()), ("received", 0), "{answer}");
    let content =
        ["direction", "type", "message", "from"].map(|name| answer.0[name].as_str().unwrap_or_default());
    assert_eq!(content, ["inbound", "text", "hi", "16505551234"], "{answer}");
    assert!(answer.at("receivedAt") >= sent.created_at, "{answer}");
    account.api.reaches(&sent.id, &["read"], PATIENCE_MS).await;
    assert_eq!(stack.rows(&session).await.len(), 2);
}
