//! The life of an API key, over HTTP.

use domain::limits::API_KEYS_MAX;
use reqwest::Method;
use serde_json::{Value, json};
use system::{Account, Stack};

const NEVER_WAS: &str = "0193b3c0-0000-7000-8000-00000000dead";

#[tokio::test]
async fn a_key_is_made_used_listed_and_revoked() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let owner = stack.with_token(&account.jwt().await);
    let made = owner.call(Method::POST, "/api-keys", &json!({ "name": " bot " })).await;
    assert_eq!(
        (made.status, &made.body["name"], &made.body["lastUsedAt"]),
        (201, &json!("bot"), &Value::Null)
    );
    let (id, key) = (made.body["id"].as_str().expect("an id"), made.body["key"].as_str().expect("a key"));
    let parts: Vec<&str> = key.split('_').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 4, 28], "{key}");
    assert_eq!(made.body["prefix"], key[..9]);

    let with_key = stack.with_key(key);
    assert_eq!(with_key.look("/sessions").await.status, 200);
    for _ in 0..3 {
        let listed = owner.look("/api-keys").await;
        let found = listed.body["data"].as_array().expect("a list").iter().find(|row| row["id"] == id);
        let mut row = found.expect("it is listed").clone();
        let used = row["lastUsedAt"].take();
        assert!(
            used.as_str().is_some_and(|at| at > made.body["createdAt"].as_str().unwrap_or_default()),
            "{used}"
        );
        let mut expected = made.body.clone();
        expected.as_object_mut().expect("an object").remove("key");
        assert_eq!(row, expected);
        // A further use within minutes is not noted again.
        assert_eq!(with_key.look("/sessions").await.status, 200);
        let again = owner.look("/api-keys").await.body["data"][0]["lastUsedAt"].clone();
        assert_eq!(again, used);
    }
    let path = format!("/api-keys/{id}");
    assert_eq!(
        with_key.request(Method::DELETE, &path, None, Vec::new()).await.refusal(),
        (403, "jwt_required")
    );
    assert_eq!(owner.request(Method::DELETE, &path, None, Vec::new()).await.status, 204);
    assert_eq!(with_key.look("/sessions").await.refusal(), (401, "credentials_invalid"));
    assert_eq!(
        owner.request(Method::DELETE, &path, None, Vec::new()).await.refusal(),
        (404, "api_key_not_found")
    );
    assert!(!owner.look("/api-keys").await.body.to_string().contains(id));
}

#[tokio::test]
async fn keys_are_limited_and_listed_by_page() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let owner = stack.with_token(&account.jwt().await);
    // The account comes with one.
    let mut ids = Vec::new();
    for number in 1..API_KEYS_MAX {
        let made = owner.call(Method::POST, "/api-keys", &json!({ "name": format!("key {number}") })).await;
        ids.push(made.body["id"].as_str().expect("an id").to_owned());
    }
    let one_more = owner.call(Method::POST, "/api-keys", &json!({ "name": "one more" })).await;
    assert_eq!(one_more.refusal(), (409, "too_many_api_keys"), "{one_more:?}");
    let (mut listed, mut cursor) = (Vec::new(), "1".to_owned());
    loop {
        let page = owner.look(&format!("/api-keys?limit=10&cursor={cursor}")).await.body;
        listed.extend(page["data"].as_array().expect("a list").iter().map(|row| row["id"].clone()));
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    ids.reverse();
    assert_eq!(listed.len(), API_KEYS_MAX);
    assert_eq!(listed[..ids.len()], ids);
    let path = format!("/api-keys/{}", ids[0]);
    assert_eq!(owner.request(Method::DELETE, &path, None, Vec::new()).await.status, 204);
    assert_eq!(owner.call(Method::POST, "/api-keys", &json!({ "name": "one more" })).await.status, 201);
}

#[tokio::test]
async fn wrong_requests_for_keys_are_refused() {
    let stack = Stack::from_env();
    let owner = stack.with_token(&Account::create(&stack).await.jwt().await);
    for (body, error) in [
        (json!({}), ("/name", "required")),
        (json!({ "name": " " }), ("/name", "too_short")),
        (json!({ "name": "x".repeat(101) }), ("/name", "too_long")),
        (json!({ "name": 7 }), ("/name", "wrong_type")),
        (json!({ "name": "a", "key": "b" }), ("/key", "unknown_field")),
        (json!([]), ("", "wrong_type")),
    ] {
        let answer = owner.call(Method::POST, "/api-keys", &body).await;
        assert_eq!(answer.errors(), [(error.0.to_owned(), error.1.to_owned())], "{body}: {answer:?}");
    }
    for id in [NEVER_WAS, "x", "%00"] {
        let answer = owner.request(Method::DELETE, &format!("/api-keys/{id}"), None, Vec::new()).await;
        assert_eq!(answer.refusal(), (404, "api_key_not_found"), "{id}: {answer:?}");
    }
    for query in ["page=0", "limit=0", "cursor=x", "page=1&cursor=2", "name=x"] {
        assert_eq!(
            owner.look(&format!("/api-keys?{query}")).await.refusal(),
            (400, "validation_failed"),
            "{query}"
        );
    }
}
