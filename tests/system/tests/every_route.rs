//! Every route of the API with every kind of wrong credentials, and with what belongs to others.
//!
//! The routes are read from `template.yaml`: one that is new must be refused like all others, or be named here.

use reqwest::Method;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, text_message};
use system::routes::{Route, routes};
use system::tokens::{Token, signing_key};
use system::{Account, Answer, Api, Stack, report};

const NEVER_WAS: &str = "0193b3c0-0000-7000-8000-00000000dead";

/// Routes that need no credentials of a caller: providers sign what they send.
fn is_signed(route: &Route) -> bool {
    route.path.starts_with("/provider-webhooks/")
}

/// Routes that anybody may call; each has tests of its own.
const PUBLIC: [&str; 5] =
    ["/auth/google", "/auth/google/callback", "/billing/plans", "/openapi.json", "/docs"];

/// The routes that need credentials of any kind.
fn guarded() -> Vec<Route> {
    let (public, guarded): (Vec<Route>, Vec<Route>) =
        routes().into_iter().partition(|route| PUBLIC.contains(&route.path.as_str()));
    assert_eq!(public.len(), PUBLIC.len());
    guarded
}

/// Routes that an API key does not open.
fn needs_token(route: &Route) -> bool {
    route.path.starts_with("/api-keys") || route.path == "/messages/stats"
}

async fn ask(api: &Api, route: &Route, id: &str, body: &Value) -> Answer {
    let path = route.path.replace("{id}", id).replace("{provider}", "waha").replace("{sessionId}", id);
    let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
    if method == Method::GET || method == Method::DELETE {
        return api.request(method, &path, None, Vec::new()).await;
    }
    api.call(method, &path, body).await
}

/// Everything that shows nobody, each with the code of the refusal.
async fn strangers(stack: &Stack) -> Vec<(&'static str, Api, &'static str)> {
    let account = Account::create(stack).await;
    let jwt = account.jwt().await;
    let owner = stack.with_token(&jwt);
    let made = owner.call(Method::POST, "/api-keys", &json!({ "name": "soon revoked" })).await;
    let (key, key_id) = (text(&made.body, "key"), text(&made.body, "id"));
    assert_eq!(stack.with_key(&key).look("/sessions").await.status, 200);
    let revoked = owner.request(Method::DELETE, &format!("/api-keys/{key_id}"), None, Vec::new()).await;
    assert_eq!(revoked.status, 204);

    let (token, signing) = (Token::read(&jwt), signing_key(stack).await);
    // The key of these tokens is the right one: only what each says is wrong.
    assert_eq!(stack.with_token(&token.signed(&signing)).look("/sessions").await.status, 200);
    let none = format!("{}.", token.clone().with_algorithm("none").unsigned());
    let invalid = "credentials_invalid";
    vec![
        ("no credentials", stack.anonymous(), "credentials_missing"),
        ("a wrong key", stack.with_key("gapi_abcd_0123456789012345678901234567"), invalid),
        ("a malformed key", stack.with_key("gapi_abcd"), invalid),
        ("a revoked key", stack.with_key(&key), invalid),
        ("an expired token", stack.with_token(&stack.about.expired_jwt), invalid),
        ("alg: none", stack.with_token(&none), invalid),
        ("another key's signature", stack.with_token(&token.signed(b"another key")), invalid),
        (
            "a wrong audience",
            stack.with_token(&token.clone().with_claim("aud", "another-api").signed(&signing)),
            invalid,
        ),
        ("a wrong issuer", stack.with_token(&token.with_claim("iss", "another").signed(&signing)), invalid),
    ]
}

#[tokio::test]
async fn no_route_opens_for_strangers() {
    let stack = Stack::from_env();
    let (routes, strangers, mut wrong) = (guarded(), strangers(&stack).await, Vec::new());
    for route in &routes {
        for (who, api, code) in &strangers {
            let answer = ask(api, route, NEVER_WAS, &json!({})).await;
            let expected = match (is_signed(route), route.method.as_str()) {
                (false, _) => (401, *code),
                (true, "GET") => (404, "route_not_found"),
                (true, _) => (401, "signature_invalid"),
            };
            if answer.refusal() != expected {
                wrong.push(format!("{} {}, {who}: {answer:?}", route.method, route.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    report(format!("matrix: {} routes, {} kinds of wrong credentials", routes.len(), strangers.len()));
}

#[tokio::test]
async fn an_api_key_opens_what_it_may() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    for route in guarded().iter().filter(|route| !is_signed(route)) {
        let answer = ask(&account.api, route, NEVER_WAS, &json!({})).await;
        let is_refused = answer.code() == "jwt_required";
        assert_eq!(is_refused, needs_token(route), "{route:?}: {answer:?}");
        assert!(answer.status != 401, "{route:?}: {answer:?}");
    }
}

/// What an account has, one of each kind.
struct Belongings {
    session: String,
    message: String,
    campaign: String,
    api_key: String,
}

impl Belongings {
    async fn of(stack: &Stack, account: &Account) -> Self {
        let session = account.sandbox(SHORT_GAPS).await;
        let mut body = text_message(&session, "16505551234");
        body["scheduledAt"] = json!(system::now().plus_millis(600_000).to_string());
        let message = account.api.send(&body).await.id;
        let bulk = json!({
            "sessionId": session, "scheduledAt": body["scheduledAt"], "defaultMessage": "hello",
            "recipients": [{ "phone": "16505551235" }],
        });
        let campaign = text(&account.api.post_bulk(&bulk).await.body, "campaignId");
        let api = stack.with_token(&account.jwt().await);
        let api_key = text(&api.call(Method::POST, "/api-keys", &json!({ "name": "mine" })).await.body, "id");
        Self { session, message, campaign, api_key }
    }

    /// What a route with an id is asked for, and how it is refused.
    fn target(&self, route: &Route) -> (&str, &'static str) {
        match route.path.split('/').nth(1) {
            Some("messages") => (&self.message, "message_not_found"),
            Some("campaigns") => (&self.campaign, "campaign_not_found"),
            Some("sessions") => (&self.session, "session_not_found"),
            Some("api-keys") => (&self.api_key, "api_key_not_found"),
            _ => panic!("say here what {route:?} is about"),
        }
    }
}

/// What a route without an id may be asked with, so that it is about a session; `None` when it shows only one's own.
fn about_session(route: &Route, session: &str) -> Option<(String, Value)> {
    let recipients = json!([{ "phone": "16505551234" }]);
    Some(match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/messages/send") => (route.path.clone(), text_message(session, "16505551234")),
        ("POST", "/messages/bulk") => (
            route.path.clone(),
            json!({ "sessionId": session, "recipients": recipients, "defaultMessage": "hello" }),
        ),
        ("POST", "/messages/bulk/uploads") => (
            route.path.clone(),
            json!({ "sessionId": session, "fileName": "list.csv", "defaultMessage": "hello" }),
        ),
        ("GET", "/messages" | "/messages/conversations") => {
            (format!("{}?sessionId={session}", route.path), Value::Null)
        }
        // A form; asked below.
        ("POST", "/messages/bulk/csv" | "/sessions" | "/api-keys")
        | ("GET", "/messages/stats" | "/campaigns" | "/sessions" | "/api-keys") => return None,
        _ => panic!("say here how {route:?} could reach another account's session"),
    })
}

/// What another account's id is answered with must be what one is answered with that never was.
#[tokio::test]
async fn nothing_of_another_account_is_reached() {
    let stack = Stack::from_env();
    let (owner, stranger) = (Account::create(&stack).await, Account::create(&stack).await);
    let mine = Belongings::of(&stack, &owner).await;
    let api = stack.with_token(&stranger.jwt().await);
    let body = json!({ "name": "stolen" });
    for route in guarded().iter().filter(|route| !is_signed(route)) {
        if route.path.contains("{id}") {
            let (id, code) = mine.target(route);
            let (foreign, unknown) =
                (ask(&api, route, id, &body).await, ask(&api, route, NEVER_WAS, &body).await);
            assert_eq!(foreign.refusal(), (404, code), "{route:?}: {foreign:?}");
            assert_eq!(
                foreign.body.to_string().replace(id, NEVER_WAS),
                unknown.body.to_string(),
                "{route:?}"
            );
            continue;
        }
        if let Some((path, body)) = about_session(route, &mine.session) {
            let answer = match body {
                Value::Null => api.look(&path).await,
                body => api.call(Method::POST, &path, &body).await,
            };
            assert_eq!(answer.refusal(), (404, "session_not_found"), "{route:?}: {answer:?}");
        }
        if route.method == "GET" {
            let shown = api.look(&route.path).await.body.to_string();
            for id in [&mine.session, &mine.message, &mine.campaign, &mine.api_key] {
                assert!(!shown.contains(id.as_str()), "{route:?} shows {id}: {shown}");
            }
        }
    }
    let form = [("sessionId", mine.session.as_str()), ("defaultMessage", "hello")];
    let answer = api.post_csv(&form, b"phone\n16505551234\n").await;
    assert_eq!(answer.refusal(), (404, "session_not_found"), "{answer:?}");

    let own = stack.with_token(&owner.jwt().await);
    assert_eq!(own.message(&mine.message).await.status(), "queued");
    assert_eq!(own.look(&format!("/sessions/{}", mine.session)).await.body["name"], "test");
    assert_eq!(own.look("/api-keys").await.body["data"].as_array().map(Vec::len), Some(2));
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}
