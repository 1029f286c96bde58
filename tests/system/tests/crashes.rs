//! Processes killed at the worst moments (`accepted_is_durable`, `one_at_a_time`, `no_blind_resend`).
//!
//! Killing a function's process also hits what it does for others at that moment, so these tests are a binary of their
//! own, and those whose kills could hit each other take turns.

#![cfg(target_os = "linux")]

use domain::values::time::Timestamp;
use futures_util::future::{join, join_all};
use provider_stubs::{Call, ProviderStub, Script};
use serde_json::json;
use system::account::{SHORT_GAPS, start_waha, text_message};
use system::api::Accepted;
use system::calls::{Sent, exactly_once, in_order, of_session, paced, recipient, start};
use system::{Account, Message, PATIENCE_MS, Stack, eventually, now, process, report, sleep_ms, time};
use tokio::sync::Mutex;

/// Held while processes are killed that other tests of this binary need.
static KILLING: Mutex<()> = Mutex::const_new(());

/// How soon after a kill a session moves again, in milliseconds.
const MOVES_WITHIN_MS: i64 = 60_000;
/// From the choice of a message to the arrival of its call, on a busy test machine.
const CHOICE_MS: i64 = 2_000;

async fn send(account: &Account, session: &str, to: &str, class: u64) -> Sent {
    let mut body = text_message(session, to);
    body["priority"] = json!(class);
    Sent::new(account.api.send(&body).await, to, class)
}

fn running(stub: &ProviderStub, session: &str) -> Option<Call> {
    of_session(&stub.calls(), session).into_iter().find(|call| call.ended_at_ms.is_none())
}

fn none() -> Vec<String> {
    Vec::new()
}

/// Waits until a session's call is being worked on, kills the process that made it, and returns when.
async fn kill_the_caller(stack: &Stack, stub: &ProviderStub, session: &str) -> Timestamp {
    eventually(PATIENCE_MS, async || running(stub, session).map(drop).ok_or("no call".to_owned())).await;
    sleep_ms(300).await;
    let processes = process::of_function(stack, "dispatch");
    let victims = process::connected_to(&processes, stub.address().port());
    assert_eq!(victims.len(), 1, "one of {processes:?} calls the provider");
    assert!(running(stub, session).is_some(), "the call ended too soon");
    let at = now();
    assert!(process::kill(victims[0]), "{victims:?}");
    report(format!("killed process {} of {} of dispatch", victims[0], processes.len()));
    at
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_of_a_call() {
    let stack = Stack::from_env();
    let (slow, quick) = (start_waha().await, start_waha().await);
    slow.set_script(Script { latency_ms: 3_000, ..Script::default() });
    let account = Account::create(&stack).await;
    let alone = KILLING.lock().await;
    let neighbours = neighbours(&account, &quick).await;
    let session = account.waha(&slow, "victim", SHORT_GAPS).await;
    let hit = send(&account, &session, "16505550001", 5).await;
    eventually(PATIENCE_MS, async || running(&slow, "victim").map(drop).ok_or("no call".to_owned())).await;
    let rest = [
        send(&account, &session, "16505550002", 10).await,
        send(&account, &session, "16505550003", 5).await,
        send(&account, &session, "16505550004", 1).await,
    ];
    let killed_at = kill_the_caller(&stack, &slow, "victim").await;
    slow.set_script(Script::default());
    drop(alone);

    let unknown = account.api.reaches(&hit.id, &["sent", "failed"], MOVES_WITHIN_MS).await;
    assert_eq!((unknown.attempts(), unknown.error_code()), (1, Some("outcome_unknown")), "{unknown}");
    for message in &rest {
        let message = account.api.reaches(&message.id, &["sent", "failed"], MOVES_WITHIN_MS).await;
        assert_eq!((message.status(), message.attempts()), ("sent", 1), "{message}");
    }
    let (calls, all) = (slow.calls(), [&[hit][..], &rest[..]].concat());
    assert_eq!(exactly_once(&calls, &all), none());
    assert_eq!(paced(&calls, 500), none());
    assert_eq!(in_order(&calls, &all, CHOICE_MS), none());
    let still_ms = start(&calls[1]).millis_since(killed_at);
    report(format!("the session moved again {still_ms} ms after the kill"));
    assert!(still_ms <= MOVES_WITHIN_MS, "{still_ms} ms");
    assert_eq!(account.api.message(&all[0].id).await, unknown);
    for (name, sent) in neighbours {
        assert_little_hit(&account, &quick, &name, &sent, killed_at).await;
    }
}

/// Sessions that have much to do while the kill happens.
async fn neighbours(account: &Account, stub: &ProviderStub) -> Vec<(String, Vec<Sent>)> {
    let sessions = (0..4_u64).map(async |number| {
        let name = format!("neighbour-{number}");
        let session = account.waha(stub, &name, (500, 1_000)).await;
        let mut sent = Vec::new();
        for n in 0..9 {
            let to = (16_500_001_100 + 100 * number + n).to_string();
            sent.push(send(account, &session, &to, [10, 5, 1][usize::try_from(n % 3).expect("small")]).await);
        }
        (name, sent)
    });
    join_all(sessions).await
}

/// A session that the killed process may have served as well: at most one message has an unknown outcome, the one that it
/// had in hand; all others arrived once.
async fn assert_little_hit(
    account: &Account,
    stub: &ProviderStub,
    name: &str,
    sent: &[Sent],
    killed_at: Timestamp,
) {
    let messages =
        join_all(sent.iter().map(|sent| account.api.reaches(&sent.id, &["sent", "failed"], PATIENCE_MS)))
            .await;
    let is_unknown = |message: &Message| message.error_code() == Some("outcome_unknown");
    let (unknown, arrived): (Vec<_>, Vec<_>) =
        messages.into_iter().zip(sent).partition(|(m, _)| is_unknown(m));
    assert!(arrived.iter().all(|(message, _)| message.status() == "sent"), "{arrived:?}");
    for (message, _) in &unknown {
        let before_ms = killed_at.millis_since(message.at("sendingAt"));
        assert!(unknown.len() == 1 && (0..15_000).contains(&before_ms), "{name}: {message}");
    }
    let mut calls = of_session(&stub.calls(), name);
    assert_eq!(paced(&calls, 500), none());
    // Whether the one in hand arrived, nobody knows.
    calls.retain(|call| unknown.iter().all(|(_, sent)| sent.to != recipient(call)));
    let arrived: Vec<Sent> = arrived.into_iter().map(|(_, sent)| sent.clone()).collect();
    assert_eq!(exactly_once(&calls, &arrived), none(), "{name}");
}

#[tokio::test]
async fn senders_killed_during_a_burst() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let sandbox = account.sandbox(SHORT_GAPS).await;
    let waha = account.waha(&stub, "burst", SHORT_GAPS).await;
    let alone = KILLING.lock().await;
    let mut lines = Vec::new();
    for line in 0..6_u64 {
        let session = if line % 2 == 0 { &sandbox } else { &waha };
        lines.push(try_to_send(&account, session, 16_500_011_100 + 100 * line));
    }
    let (answers, kills) = join(join_all(lines), kill_again_and_again(&stack, "send-message", 30, 60)).await;
    drop(alone);
    let answers = answers.concat();
    let (sent, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, _, sent)| sent.is_some());
    report(format!(
        "{kills} senders killed, {} messages accepted, {} requests without an answer",
        sent.len(),
        lost.len()
    ));
    assert!(kills > 0 && !lost.is_empty() && !sent.is_empty(), "the kills hit nothing");

    let mut to_waha = Vec::new();
    for (session, _, accepted) in &sent {
        let accepted = accepted.clone().expect("accepted");
        let message =
            account.api.reaches(&accepted.id, &["sent", "delivered", "read"], 2 * PATIENCE_MS).await;
        assert_eq!((message.attempts(), message.error_code()), (1, None), "{message}");
        if *session == waha {
            to_waha.push(accepted);
        } else {
            account.api.reaches(&accepted.id, &["delivered", "read"], PATIENCE_MS).await;
        }
    }
    assert_arrived(&stub.calls(), &to_waha, &lost);
}

/// What was accepted arrived once; what was not may have, but not twice.
fn assert_arrived(calls: &[Call], accepted: &[Sent], lost: &[(String, String, Option<Sent>)]) {
    let arrived = |to: &str| calls.iter().filter(|call| recipient(call) == to).count();
    for message in accepted {
        assert_eq!(arrived(&message.to), 1, "{message:?}");
    }
    for (_, to, _) in lost {
        assert!(arrived(to) <= 1, "{to}");
    }
    assert_eq!(paced(calls, 500), none());
}

/// Tries to send some messages, one after another: session, recipient, and what was accepted.
async fn try_to_send(account: &Account, session: &str, first: u64) -> Vec<(String, String, Option<Sent>)> {
    let mut tried = Vec::new();
    for n in 0..12 {
        let to = (first + n).to_string();
        let answer = account.api.try_send(&text_message(session, &to)).await;
        let sent = answer.map(|answer| Sent::new(Accepted::of(&answer), &to, 5));
        tried.push((session.to_owned(), to, sent));
    }
    tried
}

/// Kills a process of a function, again and again, another one each time, and returns how many were killed.
async fn kill_again_and_again(stack: &Stack, function: &str, times: usize, pause_ms: u64) -> usize {
    let mut killed = 0;
    for time in 0..times {
        let processes = process::of_function(stack, function);
        let victim = processes.get(time % processes.len().max(1));
        killed += usize::from(victim.is_some_and(|pid| process::kill(*pid)));
        sleep_ms(pause_ms).await;
    }
    killed
}

#[tokio::test]
async fn wakes_killed_when_messages_fall_due() {
    let (stack, stub) = (Stack::from_env(), start_waha().await);
    let account = Account::create(&stack).await;
    let alone = KILLING.lock().await;
    let at = now().plus_millis(8_000);
    let sessions = (0..5_u64).map(async |number| {
        let (name, to) = (format!("due-{number}"), (16_500_021_100 + number).to_string());
        let session = account.waha(&stub, &name, SHORT_GAPS).await;
        let mut body = text_message(&session, &to);
        body["scheduledAt"] = json!(at.to_string());
        Sent::new(account.api.send(&body).await, &to, 5)
    });
    let sent = join_all(sessions).await;
    drop(alone);
    time::sleep_until(at).await;
    let kills = kill_again_and_again(&stack, "wake", 100, 30).await;
    assert!(kills > 0, "nothing was killed");
    let messages =
        join_all(sent.iter().map(|sent| account.api.reaches(&sent.id, &["sent"], 2 * PATIENCE_MS))).await;
    let late = messages.iter().map(|message: &Message| message.at("sentAt").millis_since(at)).max();
    report(format!(
        "{kills} wakes killed; the last message was sent {} ms after its time",
        late.unwrap_or_default()
    ));
    assert_eq!(exactly_once(&stub.calls(), &sent), none());
}

/// Each run of ingestion that is seen is killed, a few times over; its steps are then put in again by hand, since they
/// would come by themselves after two minutes only.
#[tokio::test]
async fn ingestion_killed_in_the_middle_of_its_rows() {
    const ROWS: usize = 2_030;
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let rows = (0..ROWS).map(|n| format!("1650{n:07},text {n}")).collect::<Vec<_>>().join("\n");
    let later = now().plus_millis(600_000).to_string();
    let fields = [("sessionId", session.as_str()), ("scheduledAt", &later)];
    let answer = account.api.post_csv(&fields, format!("phone,message\n{rows}").as_bytes()).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.body["campaignId"].as_str().expect("an id");
    let mut killed = 0;
    for at_least in [50, 1_050, 2_001] {
        eventually(PATIENCE_MS, async || {
            let stored = stack.rows(&session).await.len();
            if stored >= at_least { Ok(()) } else { Err(format!("{stored} rows are stored")) }
        })
        .await;
        killed +=
            process::of_function(&stack, "ingest").into_iter().filter(|pid| process::kill(*pid)).count();
        for segment in 0..3 {
            let step = json!({ "accountId": account.id, "campaignId": id, "segment": segment });
            stack.put_step(&step.to_string()).await;
        }
    }
    eventually(PATIENCE_MS, async || {
        let campaign = account.api.campaign(id).await;
        if campaign.body["status"] == "active" { Ok(()) } else { Err(format!("{campaign:?}")) }
    })
    .await;
    assert_eq!(stack.rows(&session).await.len(), ROWS);
    report(format!("killed {killed} processes of ingest while {ROWS} rows were stored"));
}
