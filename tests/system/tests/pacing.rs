//! Many messages at once: each arrives exactly once, one at a time, with gaps, the most urgent first.

use futures_util::StreamExt;
use futures_util::future::{join, join_all};
use futures_util::stream;
use provider_stubs::{ProviderStub, Script};
use serde_json::json;
use system::account::{start_waha, text_message};
use system::calls::{Sent, exactly_once, gaps_ms, in_order, of_session, paced, start};
use system::{Account, PATIENCE_MS, Stack, eventually, now, report};

/// The three priorities.
const CLASSES: [u64; 3] = [10, 5, 1];
/// From the choice of a message to the arrival of its call, on a busy test machine.
const CHOICE_MS: i64 = 2_000;
/// What such a machine may need on top of a gap.
const MACHINE_MS: i64 = 5_000;

async fn send(account: &Account, session: &str, to: &str, class: u64) -> Sent {
    let mut body = text_message(session, to);
    body["priority"] = json!(class);
    Sent::new(account.api.send(&body).await, to, class)
}

/// A recipient that no other message has.
fn recipient(session: u64, class: u64, n: u64) -> String {
    (16_500_000_000 + session * 1_000 + class * 20 + n).to_string()
}

/// Ten messages of each class, side by side in three lines.
async fn send_burst(account: &Account, session: &str) -> Vec<Sent> {
    let lines = CLASSES.map(async |class| {
        let mut sent = Vec::new();
        for n in 0..10 {
            sent.push(send(account, session, &recipient(0, class, n), class).await);
        }
        sent
    });
    join_all(lines).await.concat()
}

/// Two messages of each class, the least urgent first.
async fn send_mixed(account: &Account, session: &str, number: u64) -> Vec<Sent> {
    let mut sent = Vec::new();
    for n in 0..2 {
        for class in CLASSES {
            sent.push(send(account, session, &recipient(number, class, n), class).await);
        }
    }
    sent
}

async fn wait_for_calls(stub: &ProviderStub, count: usize, limit_ms: i64) {
    eventually(limit_ms, async || {
        let calls = stub.calls();
        let ended = calls.iter().filter(|call| call.ended_at_ms.is_some()).count();
        if ended >= count { Ok(()) } else { Err(format!("{ended} of {count} calls")) }
    })
    .await;
}

async fn assert_all_sent(account: &Account, sent: &[Sent]) {
    for message in sent {
        let message = account.api.reaches(&message.id, &["sent"], PATIENCE_MS).await;
        assert_eq!(message.attempts(), 1, "{message}");
    }
}

fn none() -> Vec<String> {
    Vec::new()
}

#[tokio::test]
async fn thirty_messages_of_three_classes_through_one_session() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let session = account.waha(&stub, "burst", (500, 1_000)).await;

    // While the first is being sent, all others are accepted: from then on their order is fixed.
    stub.set_script(Script { latency_ms: 9_000, ..Script::default() });
    let mut sent = vec![send(&account, &session, "16509999999", 5).await];
    eventually(
        PATIENCE_MS,
        async || if stub.calls().is_empty() { Err("no call".to_owned()) } else { Ok(()) },
    )
    .await;
    stub.set_script(Script { latency_ms: 100, ..Script::default() });
    sent.extend(send_burst(&account, &session).await);
    report(format!(
        "burst: {} messages accepted before the second call",
        if stub.calls().len() == 1 { 30 } else { 0 }
    ));

    // A reply in the middle of it waits for the send in progress and a gap, and for nothing else.
    wait_for_calls(&stub, 16, 2 * PATIENCE_MS).await;
    let reply = send(&account, &session, "16508888888", 1).await;
    sent.push(reply.clone());
    wait_for_calls(&stub, sent.len(), 2 * PATIENCE_MS).await;

    let calls = stub.calls();
    assert_eq!(exactly_once(&calls, &sent), none());
    assert_eq!(paced(&calls, 500), none());
    assert_eq!(in_order(&calls, &sent, CHOICE_MS), none());
    let reply_call = calls.iter().find(|call| system::calls::recipient(call) == reply.to).expect("a call");
    let waited_ms = start(reply_call).millis_since(reply.known_at);
    let gaps = gaps_ms(&calls);
    report_gaps("burst", &gaps);
    report(format!("burst: the reply waited {waited_ms} ms"));
    assert!(waited_ms <= 1_000 + 100 + MACHINE_MS, "the reply waited {waited_ms} ms");
    let (shortest, longest) = (gaps.iter().min(), gaps.iter().max());
    assert!(longest.zip(shortest).is_some_and(|(l, s)| l - s > 100), "the gaps are all alike: {gaps:?}");
    assert_all_sent(&account, &sent).await;
}

fn report_gaps(what: &str, gaps: &[i64]) {
    let mut sorted = gaps.to_vec();
    sorted.sort_unstable();
    let sum: i64 = sorted.iter().sum();
    let count = i64::try_from(sorted.len()).expect("a few");
    report(format!(
        "{what}: {count} gaps, {} to {} ms, median {}, mean {}",
        sorted[0],
        sorted[sorted.len() - 1],
        sorted[sorted.len() / 2],
        sum / count
    ));
}

#[tokio::test]
async fn twenty_sessions_side_by_side() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = &Account::create(&stack).await;
    stub.set_script(Script { latency_ms: 150, ..Script::default() });
    let started = now();
    let sessions = stream::iter(0..20_u64).map(async |number| {
        let name = format!("side-{number}");
        let session = account.waha(&stub, &name, (1_000, 2_000)).await;
        (name, send_mixed(account, &session, number + 1).await)
    });
    // Five at a time: how fast they are accepted is not the point here.
    let sessions = sessions.buffer_unordered(5).collect::<Vec<_>>();
    let (sessions, ()) = join(sessions, wait_for_calls(&stub, 20 * 6, 2 * PATIENCE_MS)).await;
    let calls = stub.calls();
    let mut gaps = Vec::new();
    for (name, sent) in &sessions {
        let calls = of_session(&calls, name);
        assert_eq!(exactly_once(&calls, sent), none(), "{name}");
        assert_eq!(paced(&calls, 1_000), none(), "{name}");
        assert_eq!(in_order(&calls, sent, CHOICE_MS), none(), "{name}");
        gaps.extend(gaps_ms(&calls));
    }
    report_gaps("twenty sessions", &gaps);
    report(format!("twenty sessions: {} calls in {} ms", calls.len(), now().millis_since(started)));
    for (_, sent) in &sessions {
        assert_all_sent(account, sent).await;
    }
}
