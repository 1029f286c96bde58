//! Schedules, and what keeps things going when tickets are lost (`on_time`, `accepted_is_durable`).
//!
//! The last test empties the queues of the whole stack, so these tests are a binary of their own and take turns.

use domain::tuning::STALLED_AFTER_MS;
use futures_util::future::join_all;
use serde_json::json;
use system::account::{SHORT_GAPS, start_waha, text_message};
use system::calls::{Sent, exactly_once, of_session, paced};
use system::time::sleep_until;
use system::{Account, Message, PATIENCE_MS, Stack, eventually, now, report, sleep_ms};
use tokio::sync::Mutex;

/// Held by the one test that runs.
static TURN: Mutex<()> = Mutex::const_new(());

/// How late a scheduled message may become ready, in milliseconds (`on_time`).
const READY_WITHIN_MS: i64 = 2_000;
/// What a busy test machine may need on top, from ready to the claim.
const MACHINE_MS: i64 = 4_000;

async fn send_in(
    account: &Account,
    session: &str,
    ahead_ms: i64,
) -> (String, domain::values::time::Timestamp) {
    let at = now().plus_millis(ahead_ms);
    let mut body = text_message(session, "16505551234");
    body["scheduledAt"] = json!(at.to_string());
    (account.api.send(&body).await.id, at)
}

#[tokio::test]
async fn a_scheduled_message_is_on_time() {
    let _turn = TURN.lock().await;
    let account = Account::create(&Stack::from_env()).await;
    let late = [1_000, 20_000].map(async |ahead_ms| {
        let session = account.sandbox(SHORT_GAPS).await;
        let (id, at) = send_in(&account, &session, ahead_ms).await;
        let message: Message = account.api.reaches(&id, &["sent", "delivered", "read"], PATIENCE_MS).await;
        let late_ms = message.at("sendingAt").millis_since(at);
        report(format!("scheduled {ahead_ms} ms ahead: claimed {late_ms} ms after its time"));
        late_ms
    });
    for late_ms in join_all(late).await {
        assert!((0..READY_WITHIN_MS + MACHINE_MS).contains(&late_ms), "{late_ms} ms late");
    }
}

#[tokio::test]
async fn what_lies_far_ahead_is_kept_and_promoted() {
    let _turn = TURN.lock().await;
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let (id, at) = send_in(&account, &session, 200 * 24 * 3_600_000).await;
    let waits = account.api.message(&id).await;
    assert_eq!((waits.status(), waits.waiting()), ("queued", Some(("scheduled", Some(at)))));
    let [kept] = <[_; 1]>::try_from(stack.kept_wake_ups(&session).await).expect("one wake-up");
    assert_eq!(kept["dueKey"]["S"], format!("{:015}#{id}", at.as_millis()));
    assert!(stack.queued(&session).await.is_empty(), "nothing in any queue");

    // The same, due in five minutes: near enough for the timer.
    let mut near = kept.clone();
    near["dueKey"]["S"] = json!(format!("{:015}#{id}", now().plus_millis(300_000).as_millis()));
    stack.keep_wake_up(&near).await;
    stack.invoke("promote", &json!({})).await;
    assert_eq!(stack.kept_wake_ups(&session).await, [kept], "the other one stays");
    assert!(!stack.queued(&session).await.is_empty(), "a ticket waits in the timer");

    let cancelled = account.api.cancel(&id).await;
    assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    assert_eq!(account.api.message(&id).await.status(), "cancelled");
}

#[tokio::test]
async fn everything_goes_out_after_the_queues_were_emptied() {
    let _turn = TURN.lock().await;
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let mut sent = Vec::new();
    for number in 0..4_u64 {
        let session = account.waha(&stub, &format!("purged-{number}"), (2_000, 3_000)).await;
        for n in 0..6_u64 {
            let (to, class) = (
                (16_500_031_000 + 100 * number + n).to_string(),
                [1, 5, 10][usize::try_from(n % 3).expect("small")],
            );
            let mut body = text_message(&session, &to);
            body["priority"] = json!(class);
            sent.push(Sent::new(account.api.send(&body).await, &to, class));
        }
    }
    for queue in ["HIGH_QUEUE_URL", "NORMAL_QUEUE_URL", "BULK_QUEUE_URL"] {
        stack.purge(queue).await;
    }
    let purged_at = now();
    // A worker that had a ticket in hand may still send one message, and hide what is gone. Then nothing moves any more.
    eventually(PATIENCE_MS, async || {
        let (before, ()) = (stub.calls().len(), sleep_ms(5_000).await);
        if stub.calls().len() == before { Ok(()) } else { Err("it still moves".to_owned()) }
    })
    .await;
    let went = stub.calls().len();
    assert!(went < sent.len() / 2, "{went} of {} had gone before: nothing was lost", sent.len());

    sleep_until(now().plus_millis(STALLED_AFTER_MS)).await;
    let swept = stack.invoke("sweep", &json!({})).await;
    let swept_at = now();
    report(format!("purged with {went} of {} sent; the sweep: {swept}", sent.len()));
    for message in &sent {
        let message = account.api.reaches(&message.id, &["sent"], 2 * PATIENCE_MS).await;
        assert_eq!((message.attempts(), message.error_code()), (1, None), "{message}");
    }
    report(format!(
        "all sent {} ms after the sweep, {} ms after the purge",
        now().millis_since(swept_at),
        now().millis_since(purged_at)
    ));
    let calls = stub.calls();
    assert_eq!(exactly_once(&calls, &sent), Vec::<String>::new());
    for number in 0..4 {
        assert_eq!(paced(&of_session(&calls, &format!("purged-{number}")), 2_000), Vec::<String>::new());
    }
}
