//! `Idempotency-Key`: a request that is sent again.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, text_message};
use system::{Account, Answer, Api, PATIENCE_MS, Stack, eventually, now};

/// A message that waits, so that nothing but the request happens to it.
fn waiting(session: &str) -> Value {
    let mut body = text_message(session, "16505551234");
    body["scheduledAt"] = json!(now().plus_millis(600_000).to_string());
    body
}

fn keyed(api: &Api, key: &str) -> Api {
    api.with_header("idempotency-key", key)
}

async fn start() -> (Stack, Account, String) {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    (stack, account, session)
}

fn assert_replayed(first: &Answer, again: &Answer) {
    assert!((200..300).contains(&first.status), "{first:?}");
    assert_eq!(first.header("idempotency-replayed"), "", "{first:?}");
    assert_eq!(again.header("idempotency-replayed"), "true", "{again:?}");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert!(!again.header("ratelimit-remaining").is_empty(), "{again:?}");
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_one_message() {
    let (stack, account, session) = start().await;
    let (api, body) = (keyed(&account.api, "order-1"), waiting(&session));
    let first = api.post_send(&body).await;
    assert_replayed(&first, &api.post_send(&body).await);
    assert_eq!(stack.rows(&session).await.len(), 1);
    let mut other = body.clone();
    other["message"] = json!("another text");
    assert_eq!(api.post_send(&other).await.refusal(), (422, "idempotency_key_reused"));
    // Another key is another message; and another account's keys are its own.
    assert_eq!(keyed(&account.api, "order-2").post_send(&body).await.status, 202);
    let stranger = Account::create(&stack).await;
    let answer = keyed(&stranger.api, "order-1").post_send(&body).await;
    assert_eq!(answer.refusal(), (404, "session_not_found"));
    assert_eq!(stack.rows(&session).await.len(), 2);
}

#[tokio::test]
async fn of_fifty_at_once_one_is_sent() {
    let (stack, account, session) = start().await;
    let (api, body) = (keyed(&account.api, "all at once".replace(' ', "-").as_str()), waiting(&session));
    let answers = join_all((0..50).map(|_| api.post_send(&body))).await;
    let ids: BTreeSet<&str> = answers.iter().filter_map(|answer| answer.body["jobId"].as_str()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(answer.refusal(), (409, "idempotency_in_progress"), "{answer:?}");
    }
    assert_eq!(stack.rows(&session).await.len(), 1);
    assert_eq!(api.post_send(&body).await.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_refused_request_frees_its_key() {
    let (_, account, session) = start().await;
    let api = keyed(&account.api, "k");
    let mut wrong = waiting(&session);
    wrong["to"] = json!("nobody");
    assert_eq!(api.post_send(&wrong).await.refusal(), (400, "validation_failed"));
    assert_eq!(api.post_send(&waiting(&session)).await.status, 202);
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let (stack, account, session) = start().await;
    for key in ["", " ", "a b", &"k".repeat(256)] {
        let answer = keyed(&account.api, key).post_send(&waiting(&session)).await;
        assert_eq!(answer.refusal(), (400, "validation_failed"), "{key:?}: {answer:?}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("255")), "{answer:?}");
    }
    assert_eq!(stack.rows(&session).await.len(), 0);
    let longest = keyed(&account.api, &"k".repeat(255)).post_send(&waiting(&session)).await;
    assert_eq!(longest.status, 202, "{longest:?}");
}

#[tokio::test]
async fn campaigns_are_begun_once_in_every_way() {
    let (stack, account, session) = start().await;
    let at = now().plus_millis(600_000).to_string();
    let body = json!({
        "sessionId": session, "defaultMessage": "hello", "scheduledAt": at,
        "recipients": [{ "phone": "16505551234" }, { "phone": "nobody" }],
    });
    // One key for all of them: keys belong to their route, too.
    let api = keyed(&account.api, "campaign-1");
    assert_replayed(&api.post_bulk(&body).await, &api.post_bulk(&body).await);

    let fields = [("sessionId", session.as_str()), ("defaultMessage", "hello"), ("scheduledAt", at.as_str())];
    let file = b"phone\n16505551235\n";
    assert_replayed(&api.post_csv(&fields, file).await, &api.post_csv(&fields, file).await);
    let other = api.post_csv(&fields, b"phone\n16505551236\n").await;
    assert_eq!(other.refusal(), (422, "idempotency_key_reused"));

    let upload = json!({ "sessionId": session, "fileName": "list.csv", "defaultMessage": "hello" });
    let first = api.post_upload(&upload).await;
    assert_replayed(&first, &api.post_upload(&upload).await);

    let listed = account.api.look("/campaigns").await;
    assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(2), "{listed:?}");
    // What is kept is not readable: it may hold what is shown once.
    let url = first.body["upload"]["url"].as_str().expect("an address");
    let rows = stack.limits_rows(&account.id).await;
    assert!(rows.len() >= 3, "{rows:?}");
    for row in rows {
        assert!(!row.to_string().contains(url) && !row.to_string().contains("campaignId"), "{row}");
    }
}

/// With the secrets that are shown once: a caller who has lost the answer gets them again.
#[tokio::test]
async fn a_session_and_a_key_are_made_once() {
    let (_, account, _) = start().await;
    let provider = json!({ "kind": "waha", "baseUrl": "http://127.0.0.1:9", "apiKey": "k", "session": "s" });
    let owner = account.with_token().await;
    for (path, body, secret) in [
        ("/sessions", json!({ "name": "shop", "provider": provider }), "webhookSecret"),
        ("/api-keys", json!({ "name": "server" }), "key"),
    ] {
        let before = owner.look(path).await.body["data"].as_array().map_or(0, Vec::len);
        let api = keyed(&owner, "made-once");
        let first = api.call(Method::POST, path, &body).await;
        assert_replayed(&first, &api.call(Method::POST, path, &body).await);
        assert!(first.body[secret].is_string(), "{path}");
        let other = api.call(Method::POST, path, &json!({ "name": "other" })).await;
        assert_eq!(other.refusal(), (422, "idempotency_key_reused"), "{path}");
        let after = eventually(PATIENCE_MS, async || {
            let listed = owner.look(path).await.body["data"].as_array().map_or(0, Vec::len);
            if listed > before { Ok(listed) } else { Err(format!("{listed} listed")) }
        });
        assert_eq!(after.await, before + 1, "{path}");
    }
}
