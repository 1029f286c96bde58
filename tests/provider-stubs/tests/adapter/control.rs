//! The stub's own paths, as scripts use them.

use provider_stubs::ProviderStub;
use serde_json::{Value, json};

use crate::world::{KEY, brief, send, send_to, text};

async fn post(stub: &ProviderStub, path: &str, body: &Value) -> u16 {
    let request = reqwest::Client::new().post(format!("{}{path}", stub.base_url()));
    request.json(body).send().await.unwrap().status().as_u16()
}

async fn calls(stub: &ProviderStub) -> Value {
    let url = format!("{}/_stub/calls", stub.base_url());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_script_can_be_set_and_taken_back() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    let rule = json!({ "endsWith": "1234", "times": 1, "reply": { "kind": "status", "status": 400 } });
    assert_eq!(post(&stub, "/_stub/script", &json!({ "latencyMs": 0, "rules": [rule] })).await, 200);
    assert_eq!(brief(&send_to(&stub.base_url()).await).0, "permanent");
    assert_eq!(brief(&send_to(&stub.base_url()).await).0, "accepted");
    assert_eq!(calls(&stub).await["calls"].as_array().unwrap().len(), 2);
    assert_eq!(post(&stub, "/_stub/reset", &json!({})).await, 200);
    assert_eq!(calls(&stub).await["calls"], json!([]));
}

#[tokio::test]
async fn a_wrong_script_is_refused() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    assert_eq!(post(&stub, "/_stub/script", &json!({ "latency": 0 })).await, 422);
}

#[tokio::test]
async fn a_call_is_recorded_with_its_times() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    send_to(&stub.base_url()).await;
    let call = &calls(&stub).await["calls"][0];
    let took = call["endedAtMs"].as_u64().unwrap() - call["startedAtMs"].as_u64().unwrap();
    assert!((20..1_000).contains(&took), "{took}");
    assert_eq!(
        (&call["session"], &call["chatId"], &call["text"]),
        (&json!("default"), &json!("16505551234@c.us"), &json!("hello"))
    );
    assert_eq!(call["overlapped"], false);
}

#[tokio::test]
async fn two_calls_of_a_session_at_once_are_noticed() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    let (url, message) = (stub.base_url(), text("16505551234"));
    tokio::join!(send(&url, "a", &message), send(&url, "a", &message), send(&url, "b", &message));
    let mut overlapped: Vec<_> =
        stub.calls().into_iter().map(|call| (call.session.unwrap(), call.overlapped)).collect();
    overlapped.sort();
    assert_eq!(overlapped, [("a".to_owned(), true), ("a".to_owned(), true), ("b".to_owned(), false)]);
}

#[tokio::test]
async fn the_default_script_fails_by_digits() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    for (digits, outcome) in [
        ("9422", ("held", "session_disconnected")),
        ("9500", ("unknown", "")),
        ("9463", ("new contacts held", "new_contact_restricted")),
        ("9400", ("permanent", "provider_rejected")),
        ("9401", ("held", "credentials_refused")),
        ("9429", ("held", "rate_limited")),
        ("9502", ("unknown", "")),
        ("9503", ("held", "provider_unreachable")),
        ("9504", ("unknown", "")),
        ("9001", ("unknown", "")),
        ("9002", ("accepted", "")),
        ("9003", ("accepted", "")),
    ] {
        let message = text(&format!("1650555{digits}"));
        assert_eq!(brief(&send(&stub.base_url(), "default", &message).await), outcome, "{digits}");
    }
}

#[tokio::test]
async fn what_waha_does_not_speak_is_refused() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    let client = reqwest::Client::new();
    for (path, key, body, status) in [
        ("/api/sendText", KEY, json!({ "session": "s", "chatId": "16505551234@c.us", "text": "a" }), 201),
        ("/api/sendText", "wrong", json!({}), 401),
        ("/api/sendPoll", KEY, json!({}), 404),
        (
            "/api/sendText",
            KEY,
            json!({ "session": "s", "chatId": "16505551234@c.us", "text": "a", "more": 1 }),
            422,
        ),
    ] {
        let request = client.post(format!("{}{path}", stub.base_url())).header("X-Api-Key", key).json(&body);
        assert_eq!(request.send().await.unwrap().status(), status, "{path} {body}");
    }
    assert_eq!(stub.calls().iter().filter(|call| call.refused.is_some()).count(), 3);
}
