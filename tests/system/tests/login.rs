//! Logging in at a real OpenID server, as a browser does; what must not get anybody in; and what changes the whole stack for
//! a while: limits, the exchange of its secret.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use system::login::{Browser, Issuer, state_of};
use system::{Account, Answer, PATIENCE_MS, Stack};
use tokio::sync::{Mutex, MutexGuard};

const NEVER_WAS: &str = "0193b3c0-0000-7000-8000-00000000dead";

/// There is one OpenID server: each test has it for itself.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

async fn start() -> (MutexGuard<'static, ()>, Stack, Issuer) {
    let turn = ONE_AT_A_TIME.lock().await;
    let stack = Stack::from_env();
    let issuer = Issuer::start(&stack).await;
    (turn, stack, issuer)
}

fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer:?}"))
}

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.refusal(), (status, code), "{answer:?}");
    // What exactly is wrong with a token is not said.
    for word in ["nonce", "signature", "audience", "issuer"] {
        assert!(!answer.body["detail"].to_string().contains(word), "{answer:?}");
    }
}

#[tokio::test]
async fn a_login_gives_a_token_that_opens_an_account_of_its_own() {
    let (_turn, stack, issuer) = start().await;
    issuer.next_person(json!({ "sub": format!("first-{}", system::now()) })).await;
    let answer = Browser::new(&stack).log_in().await;
    let (token, account_id) = (text(&answer, "token"), text(&answer, "accountId").to_owned());
    assert_eq!(answer.body["tokenType"], "Bearer");
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{answer:?}");
    let api = stack.with_token(token);
    // It is a token, which an API key is not; and it opens nobody else's account.
    assert_eq!(api.look("/messages/stats").await.status, 200);
    let stranger = Account::create(&stack).await;
    let session = stranger.sandbox(system::account::SHORT_GAPS).await;
    let body = json!({ "sessionId": session, "to": "16505551234", "message": "hello" });
    assert_eq!(api.post_send(&body).await.refusal(), (404, "session_not_found"));

    let again = Browser::new(&stack).log_in().await;
    assert_eq!(text(&again, "accountId"), account_id, "the second login finds the account of the first");
}

#[tokio::test]
async fn two_first_logins_at_once_make_one_account() {
    let (_turn, stack, issuer) = start().await;
    issuer.next_person(json!({ "sub": format!("twice-{}", system::now()) })).await;
    let mut ready = Vec::new();
    for _ in 0..6 {
        let mut browser = Browser::new(&stack);
        let address = browser.begin().await;
        let query = browser.visit(&address).await;
        ready.push((browser, query));
    }
    let answers = join_all(ready.iter().map(|(browser, query)| browser.come_back(query))).await;
    let ids: std::collections::BTreeSet<&str> =
        answers.iter().map(|answer| text(answer, "accountId")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test]
async fn a_state_is_used_once() {
    let (_turn, stack, _issuer) = start().await;
    let mut browser = Browser::new(&stack);
    let address = browser.begin().await;
    let query = browser.visit(&address).await;
    text(&browser.come_back(&query).await, "token");
    assert_refused(&browser.come_back(&query).await, 400, "login_state_invalid");
    // Two at once: one of them.
    let address = browser.begin().await;
    let query = browser.visit(&address).await;
    let answers = join_all([browser.come_back(&query), browser.come_back(&query)]).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
}

#[tokio::test]
async fn another_browsers_login_cannot_be_finished() {
    let (_turn, stack, _issuer) = start().await;
    let (mut mine, mut theirs) = (Browser::new(&stack), Browser::new(&stack));
    let my_state = state_of(&mine.begin().await);
    let address = theirs.begin().await;
    let query = theirs.visit(&address).await;
    // Their whole address in my browser; and in one without a cookie.
    assert_refused(&mine.come_back(&query).await, 400, "login_state_invalid");
    assert_refused(&Browser::new(&stack).come_back(&query).await, 400, "login_state_invalid");
    // Their code with my state: it was asked for with another verifier.
    let swapped = query.replace(&state_of(&address), &my_state);
    assert_ne!(swapped, query);
    assert_refused(&mine.come_back(&swapped).await, 401, "login_failed");
}

#[tokio::test]
async fn cookies_that_were_changed_or_have_expired_are_refused() {
    let (_turn, stack, _issuer) = start().await;
    let mut browser = Browser::new(&stack);
    let address = browser.begin().await;
    let query = browser.visit(&address).await;
    let cookie = browser.cookie.clone().expect("a cookie");
    let (name, value) = cookie.split_once('=').expect("a value");
    let [end, seed, seal] = value.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let later = end.parse::<i64>().expect("a time") + 1;
    let past = system::now().as_millis() - 1;
    for forged in [
        String::new(),
        "x".to_owned(),
        format!("{later}.{seed}.{seal}"),
        format!("{past}.{seed}.{seal}"),
        format!("{end}.{seal}.{seal}"),
        format!("{end}.{seed}."),
        format!("{end}.{seed}.{seed}"),
        format!("{end}.{seed}.{}", seal.to_lowercase()),
    ] {
        browser.cookie = Some(format!("{name}={forged}"));
        assert_refused(&browser.come_back(&query).await, 400, "login_state_invalid");
    }
    browser.cookie = Some(cookie);
    text(&browser.come_back(&query).await, "token");
}

#[tokio::test]
async fn what_is_missing_or_refused_by_the_provider_logs_nobody_in() {
    let (_turn, stack, _issuer) = start().await;
    let mut browser = Browser::new(&stack);
    assert_refused(&browser.come_back("").await, 400, "login_state_invalid");
    let state = state_of(&browser.begin().await);
    assert_refused(&browser.come_back(&format!("state={state}")).await, 400, "login_state_invalid");
    for query in ["error=access_denied", "code=never-given", "code=a&code=b", "code=%00"] {
        let state = state_of(&browser.begin().await);
        let answer = browser.come_back(&format!("{query}&state={state}")).await;
        assert!([400, 401].contains(&answer.status), "{query}: {answer:?}");
    }
}

#[tokio::test]
async fn keys_that_the_provider_exchanges_are_found() {
    let (_turn, stack, issuer) = start().await;
    text(&Browser::new(&stack).log_in().await, "token");
    issuer.rotate_keys().await;
    text(&Browser::new(&stack).log_in().await, "token");
}

#[tokio::test]
async fn id_tokens_that_are_not_for_this_login_are_refused() {
    let (_turn, stack, issuer) = start().await;
    let past = system::now().as_seconds() - 1;
    for change in [
        json!({ "claims": { "nonce": "another" } }),
        json!({ "claims": { "nonce": null } }),
        json!({ "claims": { "aud": "another" } }),
        json!({ "claims": { "aud": ["paceline", "another"] } }),
        json!({ "claims": { "iss": "https://accounts.google.com" } }),
        json!({ "claims": { "exp": past } }),
        json!({ "header": { "alg": "none" } }),
        json!({ "header": { "alg": "HS256" } }),
        json!({ "foreignKey": true }),
        json!({ "header": { "kid": "never-was" }, "foreignKey": true }),
    ] {
        issuer.change_next_token(change.clone()).await;
        let answer = Browser::new(&stack).log_in().await;
        assert_eq!(answer.refusal(), (401, "login_failed"), "{change}: {answer:?}");
        assert_refused(&answer, 401, "login_failed");
    }
    // The way of changing tokens itself is not what is refused.
    issuer.change_next_token(json!({ "claims": { "more": 1 } })).await;
    text(&Browser::new(&stack).log_in().await, "token");
}

#[tokio::test]
async fn a_token_of_the_provider_is_none_of_ours() {
    let (_turn, stack, _issuer) = start().await;
    let answer = Browser::new(&stack).log_in().await;
    let [header, claims, _] =
        text(&answer, "token").split('.').collect::<Vec<_>>().try_into().expect("a JWT");
    let forged = stack.with_token(&format!("{header}.{claims}."));
    assert_eq!(forged.get(NEVER_WAS).await.refusal(), (401, "credentials_invalid"));
}

/// 200 at once from one address, each with forged headers: 60 pass.
#[tokio::test]
async fn a_limit_is_exact_and_no_header_changes_it() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let stack = Stack::from_env();
    let limit = BTreeMap::from([("OTHER_PER_MINUTE".to_owned(), "60".to_owned())]);
    let before = stack.set_environment("billing-plans", limit).await;
    stack.forget_limit("other#127.0.0.1").await;
    let calls = (0..200).map(|n| {
        let ip = format!("203.0.113.{n}");
        let api = stack
            .anonymous()
            .with_header("x-forwarded-for", &ip)
            .with_header("forwarded", &format!("for={ip}"))
            .with_header("x-real-ip", &ip);
        async move { api.look("/billing/plans").await }
    });
    let answers = join_all(calls).await;
    stack.set_environment("billing-plans", before).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in &answers {
        assert_eq!(answer.header("ratelimit-limit"), "60", "{answer:?}");
        if answer.status != 200 {
            assert_eq!(answer.refusal(), (429, "rate_limited"), "{answer:?}");
            assert_eq!(answer.header("ratelimit-remaining"), "0", "{answer:?}");
            assert_eq!(answer.header("retry-after"), answer.header("ratelimit-reset"), "{answer:?}");
        }
    }
    assert_eq!(passed, 60);
}

/// The test uses the operator's commands. Everything that was made before stays valid, and new things use the new secret.
#[tokio::test]
async fn an_exchange_of_the_secret_keeps_everything_valid() {
    let (_turn, stack, _issuer) = start().await;
    let account = Account::create(&stack).await;
    let session = account.sandbox(system::account::SHORT_GAPS).await;
    let token = text(&Browser::new(&stack).log_in().await, "token").to_owned();
    let mut browser = Browser::new(&stack);
    let query = {
        let address = browser.begin().await;
        browser.visit(&address).await
    };
    let keyed = account.api.with_header("idempotency-key", "before");
    let body = json!({ "sessionId": session, "to": "16505551234", "message": "hello" });
    let first = keyed.post_send(&body).await;
    for command in ["stage", "use"] {
        exchange(&stack, command);
    }
    // An API key, a token, a login that had begun, an answer that was kept, and a provider's configuration.
    let again = keyed.post_send(&body).await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body), "{again:?}");
    assert_eq!(stack.with_token(&token).look("/messages/stats").await.status, 200);
    let new = text(&browser.come_back(&query).await, "token").to_owned();
    let id = account.api.send(&body).await.id;
    account.api.reaches(&id, &["sent", "delivered", "read"], PATIENCE_MS).await;
    let header = |token: &str| token.split('.').next().map(str::to_owned);
    assert_ne!(header(&new), header(&token), "new tokens are signed with another key");
    assert_eq!(stack.with_token(&new).look("/messages/stats").await.status, 200);
}

fn exchange(stack: &Stack, command: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(root.join(".local/venv/bin/python"))
        .current_dir(&root)
        .args(["-m", "ops.secret_cli"])
        .args(["--stack", &stack.about.stack_name, "--endpoint", &stack.about.aws_endpoint, command])
        .output()
        .expect("the tools of `make prepare`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn plans_are_public() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let stack = Stack::from_env();
    let answer = stack.anonymous().look("/billing/plans").await;
    assert_eq!((answer.status, &answer.body), (200, &json!({ "data": [] })), "{answer:?}");
    assert!(!answer.header("ratelimit-limit").is_empty(), "{answer:?}");
}

/// The preflight request of browsers, and its answer, which is the gateway's part.
#[tokio::test]
async fn pages_of_configured_origins_may_call() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let stack = Stack::from_env();
    let allowed: Value = stack.json["params"]["AllowedOrigins"].clone();
    let allowed = allowed.as_str().expect("an origin");
    for (origin, may) in [(allowed, true), ("https://evil.example", false), ("null", false)] {
        let api = stack.anonymous().with_header("origin", origin);
        let asked = api
            .with_header("access-control-request-method", "POST")
            .raw(Method::OPTIONS, "/messages/send")
            .await;
        let called = api.look("/billing/plans").await;
        for answer in [&asked, &called] {
            let told = answer.header("access-control-allow-origin");
            assert_eq!(told == origin, may, "{origin}: {answer:?}");
        }
        if may {
            assert!(asked.header("access-control-allow-headers").contains("idempotency-key"), "{asked:?}");
            assert!(called.header("access-control-expose-headers").contains("x-request-id"), "{called:?}");
        }
        // No cookie ever lets a page in.
        assert_eq!(asked.header("access-control-allow-credentials"), "");
    }
}
