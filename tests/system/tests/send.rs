//! Sending, looking and taking back.

use domain::values::time::Timestamp;
use futures_util::future::join_all;
use provider_stubs::Script;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, start_waha, text_message};
use system::calls::{recipient, start};
use system::{Account, Api, Message, PATIENCE_MS, Stack, now, report, sleep_ms, time};

/// How late a scheduled message may become ready, in milliseconds (`on_time`).
const READY_WITHIN_MS: i64 = 2_000;
/// What a busy test machine may need on top, from ready to the provider.
const MACHINE_MS: i64 = 6_000;
/// How far ahead the tests schedule: long enough for a busy machine to do something before.
const AHEAD_MS: i64 = 6_000;

#[tokio::test]
async fn every_type_is_sent_delivered_and_read() {
    let account = Account::create(&Stack::from_env()).await;
    let media = |kind: &str, url: &str, caption: Option<&str>| json!({ "type": kind, "message": null, "mediaUrl": url, "mediaCaption": caption });
    let contents = [
        json!({ "type": "text", "message": "hello 👋", "mediaUrl": null, "mediaCaption": null }),
        media("image", "https://example.com/cat.png?size=2", Some("A cat")),
        media("file", "https://example.com/report.pdf", None),
        media("audio", "https://example.com/note.ogg", None),
        media("video", "http://example.com/film.mp4", Some("A film")),
    ];
    join_all(contents.iter().map(|content| sent_delivered_and_read(&account, content))).await;
}

async fn sent_delivered_and_read(account: &Account, content: &Value) {
    let session = account.sandbox(SHORT_GAPS).await;
    let mut body = json!({ "sessionId": session, "to": "+1 (650) 555-1234", "priority": 1 });
    body.as_object_mut().expect("an object").extend(content.as_object().expect("an object").clone());
    let before = now();
    let accepted = account.api.send(&body).await;
    let about = json!({
        "jobId": accepted.id, "status": "queued", "priority": 1, "scheduledAt": null,
        "createdAt": accepted.created_at.to_string(),
    });
    assert_eq!(accepted.body, about);
    assert!((before..=now()).contains(&accepted.created_at), "{}", accepted.created_at);

    let message = account.api.reaches(&accepted.id, &["read"], PATIENCE_MS).await;
    for name in ["type", "message", "mediaUrl", "mediaCaption"] {
        assert_eq!(message.0[name], content[name], "{name}");
    }
    let provider_message_id = message.0["providerMessageId"].as_str().expect("the sandbox gives ids");
    let rest = json!({
        "id": accepted.id, "sessionId": session, "direction": "outbound", "to": "16505551234", "from": null,
        "priority": 1, "attempts": 1, "error": null, "providerMessageId": provider_message_id, "waiting": null,
        "scheduledAt": null, "createdAt": accepted.created_at.to_string(),
        "failedAt": null, "receivedAt": null, "cancelledAt": null,
    });
    for (name, value) in rest.as_object().expect("an object") {
        assert_eq!(&message.0[name], value, "{name}");
    }
    let names = ["createdAt", "queuedAt", "sendingAt", "sentAt", "deliveredAt", "readAt"];
    let times: Vec<Timestamp> = names.iter().map(|name| message.at(name)).collect();
    assert!(times.is_sorted(), "{message}");
}

#[tokio::test]
async fn the_text_of_a_media_message_is_its_caption() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.waha(&stub, "caption", SHORT_GAPS).await;
    let media = json!({ "sessionId": session, "type": "image", "mediaUrl": "https://example.com/a.png" });
    let with = |to: &str, message: Option<&str>, caption: Option<&str>| {
        let mut body = media.clone();
        body["to"] = json!(to);
        body["message"] = json!(message);
        body["mediaCaption"] = json!(caption);
        body
    };
    let bodies = [
        with("16505550001", Some("text"), None),
        with("16505550002", Some("text"), Some("caption")),
        with("16505550003", None, None),
    ];
    for body in &bodies {
        let id = account.api.send(body).await.id;
        let message = account.api.reaches(&id, &["sent"], PATIENCE_MS).await;
        assert_eq!(
            (&message.0["message"], &message.0["mediaCaption"]),
            (&body["message"], &body["mediaCaption"])
        );
        assert_eq!(message.error_code(), None);
    }
    let calls = stub.calls();
    let captions: Vec<&Value> = calls.iter().map(|call| &call.body["caption"]).collect();
    assert_eq!(captions, [&json!("text"), &json!("caption"), &Value::Null]);
    assert!(calls.iter().all(|call| call.refused.is_none() && call.path == "/api/sendImage"), "{calls:?}");
}

#[tokio::test]
async fn priority_is_a_number_or_a_numeric_text() {
    let account = Account::create(&Stack::from_env()).await;
    let session = account.sandbox(SHORT_GAPS).await;
    for (given, expected) in [
        (json!(1), 1),
        (json!(5), 5),
        (json!(10), 10),
        (json!("1"), 1),
        (json!("5"), 5),
        (json!("10"), 10),
        (Value::Null, 5),
    ] {
        let mut body = text_message(&session, "16505551234");
        body["priority"] = given.clone();
        let accepted = account.api.send(&body).await;
        assert_eq!(accepted.body["priority"], expected, "{given}");
        assert_eq!(account.api.message(&accepted.id).await.0["priority"], expected, "{given}");
    }
}

#[tokio::test]
async fn a_scheduled_message_is_not_sent_before_its_time() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.waha(&stub, "scheduled", SHORT_GAPS).await;
    let at = now().plus_millis(AHEAD_MS);
    let id = send_at(&account.api, &session, "16505550001", at).await;

    let waits = account.api.message(&id).await;
    assert_eq!((waits.status(), waits.attempts()), ("queued", 0));
    assert_eq!(waits.waiting(), Some(("scheduled", Some(at))));
    assert_eq!(waits.at("scheduledAt"), at);

    // What is not due holds nothing back.
    let other = account.api.send(&text_message(&session, "16505550002")).await.id;
    account.api.reaches(&other, &["sent"], PATIENCE_MS).await;

    let message = account.api.reaches(&id, &["sent"], PATIENCE_MS).await;
    let calls = stub.calls();
    assert_eq!(calls.iter().map(recipient).collect::<Vec<_>>(), ["16505550002", "16505550001"]);
    let call = calls.last().expect("a call");
    let late_ms = start(call).millis_since(at);
    report(format!("scheduled: sent {late_ms} ms after its time"));
    assert!((0..READY_WITHIN_MS + MACHINE_MS).contains(&late_ms), "{late_ms} ms late: {message}");
}

#[tokio::test]
async fn a_cancelled_message_is_never_sent() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.waha(&stub, "cancelled", SHORT_GAPS).await;
    let at = now().plus_millis(AHEAD_MS);
    let id = send_at(&account.api, &session, "16505550001", at).await;
    let kept = send_at(&account.api, &session, "16505550002", at).await;

    let first = account.api.cancel(&id).await;
    assert_eq!(first.status, 200, "{first:?}");
    let cancelled = Message(first.body);
    assert_eq!((cancelled.status(), cancelled.attempts()), ("cancelled", 0));
    let again = account.api.cancel(&id).await;
    assert_eq!((again.status, Message(again.body)), (200, cancelled.clone()));
    assert_eq!(account.api.message(&id).await, cancelled);

    // The other message shows that all would have been sent by now.
    account.api.reaches(&kept, &["sent"], PATIENCE_MS).await;
    time::sleep_until(at.plus_millis(1_500)).await;
    assert_eq!(account.api.message(&id).await, cancelled);
    let calls = stub.calls();
    assert_eq!(calls.iter().map(recipient).collect::<Vec<_>>(), ["16505550002"]);
}

#[tokio::test]
async fn what_was_sent_cannot_be_cancelled() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    stub.set_script(Script { latency_ms: 3_000, ..Script::default() });
    let session = account.waha(&stub, "too-late", SHORT_GAPS).await;
    let id = account.api.send(&text_message(&session, "16505550001")).await.id;
    for state in ["sending", "sent"] {
        account.api.reaches(&id, &[state], PATIENCE_MS).await;
        let answer = account.api.cancel(&id).await;
        assert_eq!(answer.refusal(), (409, "not_cancellable"), "{answer:?}");
    }
    let message = account.api.message(&id).await;
    assert_eq!((message.status(), message.time("cancelledAt")), ("sent", None), "{message}");
}

#[tokio::test]
async fn what_is_cancelled_while_its_session_sends_is_sent_or_cancelled() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = &Account::create(&stack).await;
    let sessions = (0..4_u64).map(async |number| {
        let session = account.waha(&stub, &format!("race-{number}"), SHORT_GAPS).await;
        let mut sent = Vec::new();
        for n in 0..5 {
            let to = (16_500_000_100 + 100 * number + n).to_string();
            sent.push((account.api.send(&text_message(&session, &to)).await.id, to));
        }
        let mut outcomes = Vec::new();
        for (id, to) in sent {
            // About the time that one send and a gap take: each meets its message at another moment.
            sleep_ms(600 + number * 150).await;
            let answer = account.api.cancel(&id).await;
            assert!(answer.status == 200 || answer.refusal() == (409, "not_cancellable"), "{answer:?}");
            outcomes.push((to, id, answer.status));
        }
        outcomes
    });
    let outcomes = join_all(sessions).await.concat();
    for (to, id, answered) in &outcomes {
        let state = if *answered == 200 { "cancelled" } else { "sent" };
        account.api.reaches(id, &[state], PATIENCE_MS).await;
        let arrived = stub.calls().iter().filter(|call| recipient(call) == to).count();
        assert_eq!(arrived, usize::from(*answered == 409), "{to} was answered with {answered}");
    }
    let cancelled = outcomes.iter().filter(|(_, _, answered)| *answered == 200).count();
    report(format!("race: {cancelled} cancelled, {} sent", outcomes.len() - cancelled));
}

#[tokio::test]
async fn a_message_is_found_at_once() {
    let account = Account::create(&Stack::from_env()).await;
    let session = account.sandbox(SHORT_GAPS).await;
    for _ in 0..5 {
        let id = account.api.send(&text_message(&session, "16505551234")).await.id;
        assert_eq!(account.api.message(&id).await.0["id"], id);
    }
}

/// The most urgent: only its time keeps it from going first.
async fn send_at(api: &Api, session: &str, to: &str, at: Timestamp) -> String {
    let mut body = text_message(session, to);
    body["priority"] = json!(1);
    body["scheduledAt"] = json!(at.to_string());
    let accepted = api.send(&body).await;
    assert_eq!(accepted.body["scheduledAt"], at.to_string());
    accepted.id
}
