//! The life of a session, over HTTP.

use provider_stubs::ProviderStub;
use reqwest::Method;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, start_waha, text_message};
use system::{Account, Answer, Api, PATIENCE_MS, Stack, eventually};

async fn delete(api: &Api, session: &str, query: &str) -> Answer {
    api.request(Method::DELETE, &format!("/sessions/{session}{query}"), None, Vec::new()).await
}

async fn patch(api: &Api, session: &str, body: &Value) -> Answer {
    api.call(Method::PATCH, &format!("/sessions/{session}"), body).await
}

async fn is_in_state(api: &Api, message: &str, status: &str) {
    eventually(PATIENCE_MS, async || match api.message(message).await {
        found if found.status() == status => Ok(()),
        found => Err(format!("{found:?}")),
    })
    .await;
}

#[tokio::test]
async fn a_waha_session_is_made_changed_and_sends() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let provider = json!({
        "kind": "waha", "baseUrl": stub.base_url(), "apiKey": "not-the-key", "session": "life-of-a-session",
    });
    let body =
        json!({ "name": "shop", "provider": provider, "pacing": { "minGapMs": 500, "maxGapMs": 600 } });
    let made = account.api.call(Method::POST, "/sessions", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let session = made.body["id"].as_str().expect("an id").to_owned();
    let secret = made.body["webhookSecret"].as_str().expect("one was made").to_owned();
    assert!(secret.len() >= 43);
    let shown = account.api.look(&format!("/sessions/{session}")).await.body;
    let expected = json!({
        "id": session, "name": "shop",
        "provider": {
            "kind": "waha", "baseUrl": stub.base_url(), "session": "life-of-a-session",
            "checkNumbers": false, "simulateTyping": false, "ownMessageIds": false,
        },
        "pacing": { "minGapMs": 500, "maxGapMs": 600 },
        "limits": null, "defaultCountry": null,
        "health": { "status": "ready", "reason": null, "detail": null, "until": null },
        "webhookUrl": format!("{}/provider-webhooks/waha/{session}", stack.about.base_url),
        "createdAt": made.body["createdAt"],
    });
    assert_eq!(shown, expected);
    // What is stored is not what is shown: no secret can be read in the table.
    let listed = account.api.look("/sessions").await.body;
    assert_eq!(listed["data"], json!([expected]));

    // The credentials are refused, and the session is held for minutes; mended, it goes on at once.
    let message = account.api.send(&text_message(&session, "16505551234")).await.id;
    let held = eventually(PATIENCE_MS, async || {
        let body = account.api.look(&format!("/sessions/{session}")).await.body;
        if body["health"]["status"] == "held" { Ok(body) } else { Err(body.to_string()) }
    })
    .await;
    assert_eq!(held["health"]["reason"], "credentials_refused", "{held}");
    assert!(held["health"]["until"].is_string() && held["health"]["detail"].is_string(), "{held}");
    let mended = json!({ "provider": { "apiKey": ProviderStub::DEFAULT_API_KEY } });
    assert_eq!(patch(&account.api, &session, &mended).await.refusal(), (403, "jwt_required"));
    let owner = account.with_token().await;
    let changed = patch(&owner, &session, &mended).await;
    assert_eq!((changed.status, &changed.body["health"]["status"]), (200, &json!("ready")), "{changed:?}");
    // The key of the webhooks was not given again: it stays, and is not shown again.
    assert_eq!(changed.body["webhookSecret"], Value::Null);
    is_in_state(&account.api, &message, "sent").await;

    for (body, field, value) in [
        (json!({ "name": "bot" }), "name", json!("bot")),
        (json!({ "pacing": { "maxGapMs": 900 } }), "pacing", json!({ "minGapMs": 500, "maxGapMs": 900 })),
        (json!({ "name": null }), "name", json!("bot")),
    ] {
        let changed = patch(&account.api, &session, &body).await;
        assert_eq!((changed.status, &changed.body[field]), (200, &value), "{changed:?}");
    }
    let all = format!("{made:?}{changed:?}{shown}{listed}").replace(&secret, "");
    assert!(!all.contains("not-the-key") && !all.contains(ProviderStub::DEFAULT_API_KEY), "{all}");
}

#[tokio::test]
async fn changes_at_the_same_time_are_all_kept() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    for round in 0..5 {
        let (name, gap) = (json!({ "name": format!("round {round}") }), 600 + round);
        let pacing = json!({ "pacing": { "minGapMs": gap, "maxGapMs": gap } });
        let (one, other) = futures_util::future::join(
            patch(&account.api, &session, &name),
            patch(&account.api, &session, &pacing),
        )
        .await;
        assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}");
        let shown = account.api.look(&format!("/sessions/{session}")).await.body;
        assert_eq!((&shown["name"], &shown["pacing"]), (&name["name"], &pacing["pacing"]));
    }
}

#[tokio::test]
async fn a_held_session_is_resumed() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    stack.hold(&session, system::now().plus_millis(3_600_000).as_millis()).await;
    let message = account.api.send(&text_message(&session, "16505551234")).await.id;
    let waiting = account.api.message(&message).await;
    assert_eq!(waiting.waiting().map(|(reason, _)| reason), Some("credentials_refused"), "{waiting:?}");
    let path = format!("/sessions/{session}/resume");
    for _ in 0..2 {
        let resumed = account.api.request(Method::POST, &path, None, Vec::new()).await;
        assert_eq!(
            (resumed.status, &resumed.body["health"]["status"]),
            (200, &json!("ready")),
            "{resumed:?}"
        );
    }
    is_in_state(&account.api, &message, "read").await;
}

#[tokio::test]
async fn a_session_is_deleted_with_what_waits() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let sent = account.api.send(&text_message(&session, "16505551234")).await.id;
    is_in_state(&account.api, &sent, "read").await;
    let later = json!(system::now().plus_millis(3_600_000).to_string());
    let mut body = text_message(&session, "16505551235");
    body["scheduledAt"] = later.clone();
    let waiting = account.api.send(&body).await.id;
    let bulk = json!({
        "sessionId": session, "scheduledAt": later, "defaultMessage": "hello",
        "recipients": [{ "phone": "16505551236" }, { "phone": "16505551237" }],
    });
    let campaign = account.api.post_bulk(&bulk).await.body["campaignId"].as_str().expect("an id").to_owned();
    // While its rows are being stored, those that are may count twice.
    eventually(PATIENCE_MS, async || {
        let campaign = account.api.campaign(&campaign).await.body;
        if campaign["status"] == "ingesting" { Err(campaign.to_string()) } else { Ok(()) }
    })
    .await;

    for query in ["", "?cancelWaiting=false"] {
        let refused = delete(&account.api, &session, query).await;
        assert_eq!(refused.refusal(), (409, "session_has_waiting_messages"), "{refused:?}");
        assert!(refused.body["detail"].as_str().expect("text").starts_with("3 messages wait"), "{refused:?}");
    }
    let wrong = delete(&account.api, &session, "?cancelWaiting=yes&all=1").await;
    let errors = [("/all", "unknown_field"), ("/cancelWaiting", "out_of_range")];
    assert_eq!(wrong.errors(), errors.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));

    let deleted = delete(&account.api, &session, "?cancelWaiting=true").await;
    assert_eq!((deleted.status, &deleted.body["waitingMessages"]), (202, &json!(3)), "{deleted:?}");
    for (method, path, body) in [
        (Method::GET, String::new(), Value::Null),
        (Method::PATCH, String::new(), json!({ "name": "x" })),
        (Method::POST, "/resume".to_owned(), Value::Null),
    ] {
        let answer = account.api.call(method, &format!("/sessions/{session}{path}"), &body).await;
        assert_eq!(answer.refusal(), (404, "session_not_found"), "{answer:?}");
    }
    let refused = account.api.post_send(&text_message(&session, "16505551234")).await;
    assert_eq!(refused.refusal(), (404, "session_not_found"), "{refused:?}");
    assert_eq!(account.api.look("/sessions").await.body["data"], json!([]));

    is_in_state(&account.api, &waiting, "cancelled").await;
    eventually(PATIENCE_MS, async || {
        let body = account.api.campaign(&campaign).await.body;
        let is_done = body["status"] == "cancelled" && body["counts"]["cancelled"] == 2;
        if is_done { Ok(()) } else { Err(body.to_string()) }
    })
    .await;
    // What it has sent stays.
    assert_eq!(account.api.message(&sent).await.status(), "read");
    // In the end only the session's messages are left.
    eventually(3 * PATIENCE_MS, async || match delete(&account.api, &session, "?cancelWaiting=true").await {
        gone if gone.refusal() == (404, "session_not_found") => Ok(()),
        there => Err(format!("{there:?}")),
    })
    .await;
    assert_eq!(account.api.message(&sent).await.status(), "read");
}

#[tokio::test]
async fn an_idle_session_is_deleted_without_further_ado() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    assert_eq!(delete(&account.api, &session, "").await.status, 204);
    assert_eq!(delete(&account.api, "x", "").await.refusal(), (404, "session_not_found"));
}

#[tokio::test]
async fn wrong_sessions_are_refused_field_by_field() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let owner = account.with_token().await;
    let sandbox = json!({ "kind": "sandbox" });
    for (body, errors) in [
        (json!({}), vec!["/name", "/provider"]),
        (json!({ "name": "a", "provider": { "kind": "telegram" } }), vec!["/provider/kind"]),
        (
            json!({ "name": "a", "provider": sandbox, "pacing": { "minGapMs": 2, "maxGapMs": 1 } }),
            vec!["/pacing/maxGapMs"],
        ),
        (json!({ "name": "a", "provider": sandbox, "defaultCountry": "ZZ" }), vec!["/defaultCountry"]),
        (json!({ "name": "a", "provider": sandbox, "id": "x" }), vec!["/id"]),
        (
            json!({ "name": "a", "provider": { "kind": "waha", "secret": 1 } }),
            vec!["/provider/apiKey", "/provider/baseUrl", "/provider/secret", "/provider/session"],
        ),
    ] {
        let answer = account.api.call(Method::POST, "/sessions", &body).await;
        let found: Vec<String> = answer.errors().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(found, errors, "{answer:?}");
    }
    for (body, errors) in [
        (json!({ "name": " " }), vec!["/name"]),
        (
            json!({ "provider": { "kind": "waha" } }),
            vec!["/provider/apiKey", "/provider/baseUrl", "/provider/session"],
        ),
        (json!({ "provider": { "apiKey": "x" } }), vec!["/provider/apiKey"]),
        (json!({ "pacing": { "maxGapMs": 1 } }), vec!["/pacing/maxGapMs"]),
        (json!({ "health": {} }), vec!["/health"]),
    ] {
        let answer = patch(&owner, &session, &body).await;
        let found: Vec<String> = answer.errors().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(found, errors, "{body}: {answer:?}");
    }
    assert_eq!(account.api.look(&format!("/sessions/{session}")).await.body["name"], "test");
}
