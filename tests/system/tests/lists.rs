//! `GET /messages`, `/messages/stats`, `/messages/conversations` and `/messages/{id}`: what was sent is shown.

use std::collections::BTreeSet;

use serde_json::json;
use system::account::{SHORT_GAPS, text_message};
use system::{Account, Answer, PATIENCE_MS, Stack, eventually, report};

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = answer.body["data"].as_array().expect("a list");
    data.iter().map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn walks_show_each_message_once_while_others_arrive() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox((60_000, 60_000)).await;
    let mut sent = Vec::new();
    for n in 0..23 {
        sent.push(account.api.send(&text_message(&session, &format!("165055500{:02}", n % 5 + 10))).await.id);
    }
    sent.reverse();
    for by_cursor in [true, false] {
        for filter in ["", &format!("&sessionId={session}")] {
            let (mut seen, mut place) = (Vec::new(), "page=1".to_owned());
            loop {
                let page = account.api.look(&format!("/messages?limit=5&{place}{filter}")).await;
                seen.extend(ids(&page));
                account.api.send(&text_message(&session, "16505559999")).await;
                let pagination = &page.body["pagination"];
                if pagination["hasMore"] == false {
                    break;
                }
                place = match (by_cursor, pagination["nextCursor"].as_str(), pagination["page"].as_u64()) {
                    (true, Some(cursor), _) => format!("cursor={cursor}"),
                    (false, _, Some(page)) => format!("page={}", page + 1),
                    other => panic!("{other:?}"),
                };
            }
            let earlier: Vec<&String> = seen.iter().filter(|id| sent.contains(id)).collect();
            assert_eq!(earlier, sent.iter().collect::<Vec<_>>(), "{filter} {by_cursor}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
        }
    }
    let one = account.api.look("/messages?to=16505550012&status=queued&limit=100").await;
    assert!(!ids(&one).is_empty());
    let stranger = Account::create(&stack).await;
    assert_eq!(ids(&stranger.api.look("/messages").await), Vec::<String>::new());
    let refused = stranger.api.look(&format!("/messages?sessionId={session}")).await;
    assert_eq!(refused.refusal(), (404, "session_not_found"));
}

#[tokio::test]
async fn statistics_and_conversations_follow() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let mut echo = text_message(&session, "16505550021");
    echo["message"] = json!("echo: hi");
    let first = account.api.send(&echo).await.id;
    let failed = account.api.send(&text_message(&session, "16505550002")).await.id;
    account.api.reaches(&first, &["read"], PATIENCE_MS).await;
    account.api.reaches(&failed, &["failed"], PATIENCE_MS).await;
    let token = account.with_token().await;
    for period in ["24h", "7d", "30d"] {
        eventually(PATIENCE_MS, async || {
            let stats = token.look(&format!("/messages/stats?period={period}")).await.body;
            let totals = ["read", "failed", "received", "queued", "sending"]
                .map(|name| stats["totals"][name].as_i64());
            let expected = [1, 1, 1, 0, 0].map(Some);
            if totals == expected { Ok(()) } else { Err(stats["totals"].to_string()) }
        })
        .await;
    }
    assert_eq!(account.api.look("/messages/stats").await.refusal(), (403, "jwt_required"));
    let talks = account.api.look("/messages/conversations").await.body;
    let echo = talks["data"].as_array().expect("a list").iter().find(|talk| talk["phone"] == "16505550021");
    let echo = echo.expect("the conversation");
    assert_eq!((&echo["counts"]["outbound"], &echo["counts"]["inbound"]), (&json!(1), &json!(1)), "{talks}");
    let answer = stack.invoke("operator", &json!({ "command": "recount", "accountId": account.id })).await;
    assert_eq!((&answer["sessions"], &answer["left"]), (&json!(1), &json!(0)), "{answer}");
    let stats = token.look("/messages/stats?period=24h").await.body;
    assert_eq!((&stats["totals"]["read"], &stats["totals"]["received"]), (&json!(1), &json!(1)), "{stats}");
}

#[tokio::test]
async fn an_accepted_message_is_found_at_once() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox((60_000, 60_000)).await;
    let (body, mut late) = (text_message(&session, "16505551234"), 0);
    for _ in 0..1_000 {
        let id = account.api.send(&body).await.id;
        let mut answer = account.api.get(&id).await;
        // That a table did not answer in time says nothing of what it holds. A few times in all: more would hide something.
        if answer.status == 503 {
            late += 1;
            answer = account.api.get(&id).await;
        }
        assert_eq!((answer.status, late <= 5), (200, true), "{id}");
    }
    report("1,000 of 1,000 messages were found by the request after their 202");
}
