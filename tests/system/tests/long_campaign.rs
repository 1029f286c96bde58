//! A campaign of ordinary length, and at the same time a bot that answers all the time. It takes some ten minutes, so it runs
//! when asked:
//!
//!     cargo test -p system --profile quick --test system -- --ignored long_campaign

use std::collections::BTreeMap;

use domain::values::time::Timestamp;
use provider_stubs::{Call, ProviderStub};
use reqwest::Method;
use serde_json::{Value, json};
use system::account::{start_waha, text_message};
use system::{Account, Stack, calls, now, report, sleep_ms};

const ROWS: usize = 300;
/// The campaign is cancelled after this many messages were sent.
const TAKEN_BACK_AFTER: usize = 270;
/// The campaign is paused for a while after this many messages were sent.
const PAUSED_AFTER: usize = 100;
/// The gaps of the session and of the campaign, in milliseconds.
const GAPS_MS: (u32, u32) = (1_000, 2_000);
const REPLY_EACH_MS: u64 = 7_000;
const SESSION: &str = "long-campaign";

fn number(row: usize) -> String {
    format!("1650555{row:04}")
}

fn reply_number(n: usize) -> String {
    format!("1650556{n:04}")
}

fn calls_of(stub: &ProviderStub) -> Vec<Call> {
    calls::of_session(&stub.calls(), SESSION)
}

fn rows_of(calls: &[Call]) -> Vec<usize> {
    let rows = calls.iter().filter_map(|call| calls::recipient(call).strip_prefix("1650555")?.parse().ok());
    rows.collect()
}

/// Sends a reply every seven seconds until the campaign has got that far. Returns when each was accepted, by number.
async fn replies_until(
    account: &Account,
    session_id: &str,
    stub: &ProviderStub,
    rows: usize,
    accepted: &mut BTreeMap<String, Timestamp>,
) {
    while rows_of(&calls_of(stub)).len() < rows {
        let to = reply_number(accepted.len());
        let mut reply = text_message(session_id, &to);
        reply["priority"] = json!(1);
        let answer = account.api.send(&reply).await;
        accepted.insert(to, answer.created_at);
        sleep_ms(REPLY_EACH_MS).await;
    }
}

/// Beyond the call in progress and the longest gap after it, a reply waits a second at most.
fn late_ms(all: &[Call], accepted: &BTreeMap<String, Timestamp>) -> Vec<i64> {
    let mut late = Vec::new();
    for (place, call) in all.iter().enumerate() {
        let Some(accepted_at) = accepted.get(calls::recipient(call)) else { continue };
        let before = place.checked_sub(1).and_then(|before| calls::end(&all[before]));
        let free_at = before.map_or(*accepted_at, |end| end.plus_millis(i64::from(GAPS_MS.1)));
        late.push(calls::start(call).millis_since(free_at.max(*accepted_at)));
    }
    late
}

async fn decide(account: &Account, method: Method, path: &str) -> Timestamp {
    let answer = account.api.request(method, path, None, Vec::new()).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    now()
}

/// How many rows began after this time, when enough time has passed for several.
async fn rows_after(stub: &ProviderStub, at: Timestamp) -> usize {
    sleep_ms(10_000).await;
    let after: Vec<Call> = calls_of(stub).into_iter().filter(|call| calls::start(call) > at).collect();
    rows_of(&after).len()
}

#[tokio::test]
#[ignore = "takes some ten minutes"]
async fn replies_go_in_between_and_every_recipient_is_written_to_once() {
    let stub = start_waha().await;
    let account = Account::create(&Stack::from_env()).await;
    let session_id = account.waha(&stub, SESSION, GAPS_MS).await;
    let recipients: Vec<Value> = (1..=ROWS).map(|row| json!({ "phone": number(row) })).collect();
    let body = json!({
        "sessionId": session_id, "recipients": recipients, "defaultMessage": "hello",
        "delayMin": GAPS_MS.0, "delayMax": GAPS_MS.1,
    });
    let answer = account.api.post_bulk(&body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let campaign = format!("/campaigns/{}", answer.body["campaignId"].as_str().expect("an id"));
    let mut accepted = BTreeMap::new();

    replies_until(&account, &session_id, &stub, PAUSED_AFTER, &mut accepted).await;
    let paused_at = decide(&account, Method::POST, &format!("{campaign}/pause")).await;
    let after_pause = rows_after(&stub, paused_at).await;
    decide(&account, Method::POST, &format!("{campaign}/resume")).await;
    replies_until(&account, &session_id, &stub, TAKEN_BACK_AFTER, &mut accepted).await;
    let cancelled_at = decide(&account, Method::DELETE, &campaign).await;
    let after_cancel = rows_after(&stub, cancelled_at).await;

    let all = calls_of(&stub);
    let (rows, mut late) = (rows_of(&all), late_ms(&all, &accepted));
    late.sort_unstable();
    report(format!(
        "{} rows and {} replies; replies beyond call and longest gap: worst {:?} ms; {after_pause} rows after the pause, \
         {after_cancel} after the cancel",
        rows.len(),
        late.len(),
        late.last()
    ));
    assert!(
        after_pause <= 1 && after_cancel <= 1,
        "{after_pause} and {after_cancel} rows went out after the answers"
    );
    assert_eq!(rows, (1..=rows.len()).collect::<Vec<_>>(), "not each once, one after another");
    assert_eq!(calls::paced(&all, i64::from(GAPS_MS.0)), Vec::<String>::new());
    assert_eq!(late.len(), accepted.len(), "a reply is missing, or came twice");
    assert!(late.last().is_some_and(|ms| *ms <= 1_000), "{late:?}");
}
