//! Who may do what; a caller who may not do something learns nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, text_message};
use system::{Account, Answer, Api, Stack};

const NEVER_WAS: &str = "0193b3c0-0000-7000-8000-00000000dead";

/// The three endpoints, each with the credentials of `api`.
async fn all_endpoints(api: &Api, session: &str, message: &str) -> Vec<Answer> {
    vec![
        api.post_send(&text_message(session, "16505551234")).await,
        api.get(message).await,
        api.cancel(message).await,
    ]
}

async fn assert_refused(api: &Api, stack: &Stack, code: &str) {
    let session = &stack.about.demo.session_id;
    for answer in all_endpoints(api, session, NEVER_WAS).await {
        assert_eq!(answer.refusal(), (401, code), "{answer:?}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_credentials_of_the_stack_are_good() {
    let stack = Stack::from_env();
    let demo = &stack.about.demo;
    let mixed_case = stack.with_authorization(&format!("bearer {}", demo.jwt));
    for api in [stack.with_key(&demo.api_key), stack.with_token(&demo.jwt), mixed_case] {
        let answer = api.get(NEVER_WAS).await;
        assert_eq!(answer.refusal(), (404, "message_not_found"), "{answer:?}");
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_done() {
    let stack = Stack::from_env();
    assert_refused(&stack.anonymous(), &stack, "credentials_missing").await;
    // Credentials are checked first: a stranger who sends a wrong body learns nothing about the API.
    let answer = stack.anonymous().post_send(&json!({})).await;
    assert_eq!(answer.refusal(), (401, "credentials_missing"), "{answer:?}");
}

#[tokio::test]
async fn wrong_keys_are_refused() {
    let stack = Stack::from_env();
    let good = &stack.about.demo.api_key;
    for key in [
        "",
        "gapi",
        "gapi_abcd_012345678901234567890123456",
        "gapi_abcd_01234567890123456789012345678",
        "gapi_abcd_0123456789012345678901234567",
        "gapi_abcd_01234567890123456789012345é7",
        &good.to_uppercase(),
        &good[..37],
        &format!("{good}_"),
        &format!("{good} {good}"),
        &stack.about.demo.jwt,
    ] {
        assert_refused(&stack.with_key(key), &stack, "credentials_invalid").await;
    }
}

#[tokio::test]
async fn wrong_tokens_are_refused() {
    let stack = Stack::from_env();
    let (jwt, other) = (&stack.about.demo.jwt, &stack.about.other.jwt);
    let [header, payload, signature] = parts(jwt);
    let [_, others_payload, others_signature] = parts(other);
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT" }).to_string());
    let unknown = URL_SAFE_NO_PAD.encode(json!({ "alg": "RS256", "typ": "JWT" }).to_string());
    for token in [
        stack.about.expired_jwt.clone(),
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{others_payload}.{signature}"),
        format!("{header}.{payload}.{others_signature}"),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{unknown}.{payload}.{signature}"),
        format!("{header}.{}.{signature}", with_a_later_end(payload)),
        format!("{jwt}{}", "x".repeat(6_000)),
    ] {
        assert_refused(&stack.with_token(&token), &stack, "credentials_invalid").await;
    }
    for value in ["Bearer", "Bearer ", "Basic YTpi", jwt, &format!("Token {jwt}")] {
        assert_refused(&stack.with_authorization(value), &stack, "credentials_invalid").await;
    }
    // An API key as bearer is an API key, as the original service takes it.
    let api = stack.with_token(&stack.about.demo.api_key);
    let answer = api.request(Method::GET, "/sessions", None, Vec::new()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().expect("three parts")
}

fn with_a_later_end(payload: &str) -> String {
    let text = URL_SAFE_NO_PAD.decode(payload).expect("base64");
    let mut claims: Value = serde_json::from_slice(&text).expect("JSON");
    claims["exp"] = json!(claims["exp"].as_i64().expect("an end") + 1);
    URL_SAFE_NO_PAD.encode(claims.to_string())
}

#[tokio::test]
async fn another_accounts_messages_are_as_unknown_as_those_that_never_were() {
    let stack = Stack::from_env();
    let (owner, stranger) = (Account::create(&stack).await, Account::create(&stack).await);
    let session = owner.sandbox(SHORT_GAPS).await;
    // One that can still be cancelled, so that a stranger's DELETE would show.
    let mut body = text_message(&session, "16505551234");
    body["scheduledAt"] = json!(system::now().plus_millis(600_000).to_string());
    let id = owner.api.send(&body).await.id;
    let before = owner.api.message(&id).await;

    let foreign = [stranger.api.get(&id).await, stranger.api.cancel(&id).await];
    let unknown = [stranger.api.get(NEVER_WAS).await, stranger.api.cancel(NEVER_WAS).await];
    for (foreign, unknown) in foreign.iter().zip(&unknown) {
        assert_eq!(unknown.refusal(), (404, "message_not_found"), "{unknown:?}");
        assert_eq!(foreign.status, unknown.status);
        assert_eq!(foreign.body.to_string().replace(&id, NEVER_WAS), unknown.body.to_string());
        assert_eq!(header_names(foreign), header_names(unknown));
    }
    assert_eq!(owner.api.message(&id).await, before);
    assert_eq!(owner.api.cancel(&id).await.status, 200);
}

#[tokio::test]
async fn another_accounts_session_is_as_unknown_as_one_that_never_was() {
    let stack = Stack::from_env();
    let (owner, stranger) = (Account::create(&stack).await, Account::create(&stack).await);
    let session = owner.sandbox(SHORT_GAPS).await;
    let foreign = stranger.api.post_send(&text_message(&session, "16505551234")).await;
    let unknown = stranger.api.post_send(&text_message(NEVER_WAS, "16505551234")).await;
    assert_eq!(unknown.refusal(), (404, "session_not_found"), "{unknown:?}");
    assert_eq!(foreign.body.to_string().replace(&session, NEVER_WAS), unknown.body.to_string());
    assert_eq!(header_names(&foreign), header_names(&unknown));
    assert_eq!(stack.rows(&session).await, Vec::<Value>::new());
    assert_eq!(stack.queued(&session).await, Vec::<Value>::new());
}

fn header_names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[tokio::test]
async fn ids_that_are_none_are_unknown() {
    let stack = Stack::from_env();
    let api = stack.with_key(&stack.about.demo.api_key);
    for id in ["x", "0193b3c0-0000-7000-8000-00000000dea", &"9".repeat(500), "%00", "..%2f", "<script>"] {
        for answer in [api.get(id).await, api.cancel(id).await] {
            assert_eq!(answer.status, 404, "{id}: {answer:?}");
            assert!(["message_not_found", "route_not_found"].contains(&answer.code()), "{id}: {answer:?}");
            assert!(answer.bytes < 1_000, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn unknown_routes_are_problems_too() {
    let stack = Stack::from_env();
    let api = stack.with_key(&stack.about.demo.api_key);
    for (method, path) in [
        (Method::GET, "/nothing"),
        (Method::GET, "/messages/send/more"),
        (Method::POST, "/messages"),
        (Method::PUT, "/messages/send"),
        (Method::PATCH, &format!("/messages/{NEVER_WAS}")),
        (Method::POST, &format!("/messages/{NEVER_WAS}")),
        (Method::GET, "/../../etc/passwd"),
    ] {
        let answer = api.request(method.clone(), path, None, Vec::new()).await;
        assert_eq!(answer.refusal(), (404, "route_not_found"), "{method} {path}: {answer:?}");
    }
}
