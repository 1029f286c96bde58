//! Campaigns: pausing, resuming and cancelling them, the effect of a refusal, and replies during a campaign.

use domain::values::ids::CampaignId;
use domain::values::time::Timestamp;
use provider_stubs::{Call, ProviderStub};
use reqwest::Method;
use serde_json::{Value, json};
use system::account::{SHORT_GAPS, start_waha, text_message};
use system::api::Answer;
use system::{Account, PATIENCE_MS, Stack, calls, eventually, now, report, sleep_ms};

/// The gaps of a campaign here, in milliseconds.
const GAPS_MS: (i64, i64) = (500, 1_000);
const SESSION: &str = "campaigns";
const ROWS: usize = 12;

fn number(row: usize) -> String {
    format!("1650555{row:04}")
}

/// Starts a campaign with these recipients, and returns its id.
async fn start(
    account: &Account,
    session_id: &str,
    numbers: &[String],
    (min, max): (i64, i64),
) -> CampaignId {
    let recipients: Vec<Value> = numbers.iter().map(|number| json!({ "phone": number })).collect();
    let body = json!({
        "sessionId": session_id, "recipients": recipients, "defaultMessage": "hello", "name": "spring",
        "delayMin": min, "delayMax": max,
    });
    let body = body.to_string().into_bytes();
    let answer = account.api.request(Method::POST, "/messages/bulk", Some("application/json"), body).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(numbers.len())), "{answer:?}");
    answer.body["campaignId"].as_str().expect("an id").parse().expect("a campaign's id")
}

async fn ask(account: &Account, method: Method, campaign: CampaignId, what: &str) -> Answer {
    account.api.request(method, &format!("/campaigns/{campaign}{what}"), None, Vec::new()).await
}

async fn decide(account: &Account, campaign: CampaignId, what: &str) -> Value {
    let answer = ask(account, Method::POST, campaign, what).await;
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    answer.body
}

/// The campaign as soon as it looks as it should.
async fn campaign_that(account: &Account, campaign: CampaignId, looks: impl Fn(&Value) -> bool) -> Value {
    eventually(PATIENCE_MS, async || {
        let body = ask(account, Method::GET, campaign, "").await.body;
        if looks(&body) { Ok(body) } else { Err(body.to_string()) }
    })
    .await
}

/// The rows that were sent so far, in the order of their calls.
fn rows_of(calls: &[Call]) -> Vec<usize> {
    let rows =
        calls.iter().map(|call| calls::recipient(call).strip_prefix("1650555").expect("ours").to_owned());
    rows.map(|row| row.parse().expect("a row")).filter(|row| *row > 0).collect()
}

fn calls_of(stub: &ProviderStub) -> Vec<Call> {
    calls::of_session(&stub.calls(), SESSION)
}

async fn until_sent(stub: &ProviderStub, count: usize) {
    let look = async || {
        let sent = rows_of(&calls_of(stub)).len();
        if sent >= count { Ok(()) } else { Err(format!("{sent} of {count} sent")) }
    };
    eventually(PATIENCE_MS, look).await;
}

/// How many of its calls began after this time, when enough time has passed for several.
async fn begun_after(stub: &ProviderStub, at: Timestamp) -> usize {
    sleep_ms(4_000).await;
    calls_of(stub)
        .iter()
        .filter(|call| calls::start(call) > at && calls::recipient(call) != number(0))
        .count()
}

/// Pause stops it within one send, resume goes on with the next recipient, cancel leaves nothing; no recipient is
/// written to twice, and replies go between.
#[tokio::test]
async fn a_campaign_is_paused_resumed_and_taken_back() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session_id = account.waha(&stub, SESSION, SHORT_GAPS).await;
    let numbers: Vec<String> = (1..=ROWS).map(number).collect();
    let campaign = start(&account, &session_id, &numbers, GAPS_MS).await;
    until_sent(&stub, 3).await;

    let mut reply = text_message(&session_id, &number(0));
    reply["priority"] = json!(1);
    let reply = account.api.send(&reply).await;
    let sent = account.api.reaches(&reply.id, &["sent"], PATIENCE_MS).await;
    report(format!(
        "a reply beside a campaign: sent after {} ms",
        sent.at("sentAt").millis_since(reply.created_at)
    ));

    assert_eq!(decide(&account, campaign, "/pause").await["status"], "paused");
    let after_pause = begun_after(&stub, now()).await;
    assert!(after_pause <= 1, "{after_pause} calls after the pause");
    let sent_before = rows_of(&calls_of(&stub)).len();
    assert_eq!(decide(&account, campaign, "/pause").await["status"], "paused");
    assert_eq!(decide(&account, campaign, "/resume").await["status"], "active");
    until_sent(&stub, sent_before + 3).await;

    let taken_back = ask(&account, Method::DELETE, campaign, "").await;
    assert_eq!((taken_back.status, &taken_back.body["status"]), (200, &json!("cancelled")), "{taken_back:?}");
    let after_cancel = begun_after(&stub, now()).await;
    assert!(after_cancel <= 1, "{after_cancel} calls after the cancel");
    let sent = rows_of(&calls_of(&stub));
    assert!(sent.len() < ROWS, "nothing was left to cancel: {sent:?}");
    assert_eq!(sent, (1..=sent.len()).collect::<Vec<_>>(), "not one after another");

    let left = u64::try_from(ROWS - sent.len()).expect("a few");
    let counted = |body: &Value| body["counts"]["cancelled"] == left && body["counts"]["queued"] == 0;
    let ended = campaign_that(&account, campaign, counted).await;
    assert_eq!((&ended["status"], &ended["counts"]["total"]), (&json!("cancelled"), &json!(ROWS)));
    let last = account.api.message(&campaign.message(12).to_string()).await;
    assert_eq!((last.status(), &last.0["campaignId"]), ("cancelled", &json!(campaign.to_string())));

    assert_eq!(ask(&account, Method::POST, campaign, "/resume").await.refusal(), (409, "campaign_ended"));
    assert_eq!(ask(&account, Method::POST, campaign, "/pause").await.refusal(), (409, "campaign_ended"));
    assert_eq!(ask(&account, Method::DELETE, campaign, "").await.status, 200);
}

/// The row waits, the campaign says why, and nobody else is written to until it is resumed.
#[tokio::test]
async fn a_refused_request_pauses_its_campaign() {
    let account = Account::create(&Stack::from_env()).await;
    let session_id = account.sandbox(SHORT_GAPS).await;
    let numbers = ["16505551001", "16505550006", "16505551002"].map(str::to_owned);
    let campaign = start(&account, &session_id, &numbers, GAPS_MS).await;
    let paused = campaign_that(&account, campaign, |body| body["status"] == "paused").await;
    let reason = paused["pausedReason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("request_refused: "), "{paused}");
    assert_eq!(paused["estimatedEnd"], Value::Null);
    for (row, error) in [(2, Some("request_refused")), (3, None)] {
        let message = account.api.message(&campaign.message(row).to_string()).await;
        let seen = (message.status(), message.attempts(), message.error_code());
        assert_eq!(seen, ("queued", 0, error), "row {row}: {message}");
        assert_eq!(message.waiting(), Some(("campaign_paused", None)), "row {row}");
    }
    let list = account.api.look("/messages?status=queued&limit=1").await;
    assert_eq!(list.body["data"][0]["waiting"]["reason"], "campaign_paused", "{list:?}");
    // Refused again, it is the recipient alone: the others go on.
    decide(&account, campaign, "/resume").await;
    let finished = campaign_that(&account, campaign, |body| body["status"] == "finished").await;
    assert_eq!(finished["counts"]["failed"], 1, "{finished}");
    let message = account.api.message(&campaign.message(2).to_string()).await;
    assert_eq!((message.status(), message.error_code()), ("failed", Some("request_refused")), "{message}");
    let single = account.api.send(&text_message(&session_id, "16505550006")).await;
    let failed = account.api.reaches(&single.id, &["failed"], PATIENCE_MS).await;
    assert_eq!((failed.error_code(), failed.attempts()), (Some("request_refused"), 1), "{failed}");
}

/// It is sent in the middle of the campaign's gap, which it does not shorten.
#[tokio::test]
async fn a_reply_does_not_wait_for_a_campaigns_own_gap() {
    let account = Account::create(&Stack::from_env()).await;
    let session_id = account.sandbox(SHORT_GAPS).await;
    let numbers = ["16505551001", "16505551002"].map(str::to_owned);
    let campaign = start(&account, &session_id, &numbers, (300_000, 300_000)).await;
    campaign_that(&account, campaign, |body| body["status"] == "active" && body["counts"]["queued"] == 1)
        .await;
    let mut reply = text_message(&session_id, "16505551234");
    reply["priority"] = json!(1);
    let reply = account.api.send(&reply).await;
    account.api.reaches(&reply.id, &["sent", "delivered", "read"], PATIENCE_MS).await;
    let second = account.api.message(&campaign.message(2).to_string()).await;
    assert_eq!(second.status(), "queued", "{second}");
    ask(&account, Method::DELETE, campaign, "").await;
}

/// What is not the caller's is as unknown as what never was.
#[tokio::test]
async fn another_accounts_campaign_is_unknown() {
    let stack = Stack::from_env();
    let (account, other) = (Account::create(&stack).await, Account::create(&stack).await);
    let session_id = account.sandbox(SHORT_GAPS).await;
    let campaign = start(&account, &session_id, &[number(1)], GAPS_MS).await;
    for (method, what) in [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::POST, "/pause"),
        (Method::POST, "/resume"),
        (Method::GET, "/rejected"),
    ] {
        let refusal = ask(&other, method.clone(), campaign, what).await;
        assert_eq!(refusal.refusal(), (404, "campaign_not_found"), "{method} {what}");
    }
    let list = async |account: &Account| {
        account.api.request(Method::GET, "/campaigns?limit=1", None, Vec::new()).await.body
    };
    assert_eq!(list(&other).await["data"], json!([]));
    let mine = list(&account).await;
    assert_eq!(
        (&mine["data"][0]["id"], &mine["pagination"]["hasMore"]),
        (&json!(campaign.to_string()), &json!(false))
    );
    let finished = campaign_that(&account, campaign, |body| body["status"] == "finished").await;
    assert_eq!(finished["counts"]["total"], 1);
    assert_eq!(ask(&account, Method::DELETE, campaign, "").await.refusal(), (409, "campaign_ended"));
}
