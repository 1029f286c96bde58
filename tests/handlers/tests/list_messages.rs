//! Walks through lists, while messages arrive; and what a request reads, however large the account is.

#![expect(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use std::collections::BTreeSet;

use domain::session::ProviderConfig;
use domain::tuning::LIST_READ_MAX_BYTES;
use domain::values::ids::{AccountId, MessageId};
use domain::values::status::Status;
use fakes::{Latency, OpenKeyring, Rates, Rng, World};
use handlers::million::{COUNT, Million, numbered};
use handlers::{Over, account, body, message, query, session, session_id};
use list_messages::Deps;
use serde_json::Value;
use shared::http::ErrorCode;
use shared::ports::{ListMessages, ListSessionMessages};

type Answer = Result<Value, (ErrorCode, String)>;

async fn list_of(
    world: &World,
    messages: impl ListMessages + ListSessionMessages,
    account_id: AccountId,
    parameters: &[(&str, &str)],
) -> Answer {
    let caller = world.caller();
    let deps = Deps::<Over<_>> {
        sessions: caller.sessions(),
        messages,
        campaigns: caller.campaigns(),
        bookmarks: caller.lists(),
        keyring: OpenKeyring,
    };
    match list_messages::handle(&deps, caller.admitted(account_id, query(parameters))).await {
        Ok(answer) => Ok(body(&answer)),
        Err(problem) => {
            let pointer = problem.errors.first().map(|error| error.pointer.clone());
            Err((problem.code, pointer.unwrap_or_default()))
        }
    }
}

async fn list(world: &World, parameters: &[(&str, &str)]) -> Answer {
    list_of(world, world.caller().messages(), account(), parameters).await
}

fn ids(page: &Value) -> Vec<MessageId> {
    let data = page["data"].as_array().expect("a list");
    data.iter().map(|message| message["id"].as_str().unwrap().parse().unwrap()).collect()
}

fn world_with(count: i64) -> World {
    let world = World::new(1);
    for number in 0..3 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    for n in 0..count {
        put(&world, n);
    }
    world
}

fn put(world: &World, n: i64) {
    let status = Status::ALL[usize::try_from(n % 8).unwrap()];
    let to = format!("1650555{:04}", n % 7);
    let number = u128::try_from(n).unwrap();
    world.put_message(&message(number % 3, status, &to, n * 10, number));
}

/// Walks through all pages while five messages arrive after each; each earlier message once, the newest first.
fn walk(filters: &[(&str, &str)], by_cursor: bool, limit: &str, expected: impl Fn(i64) -> bool) {
    let world = world_with(500);
    let (mut seen, mut arrived, mut place) = (Vec::new(), 500, "1".to_owned());
    loop {
        let name = if by_cursor && place != "1" { "cursor" } else { "page" };
        let parameters = [filters, &[("limit", limit), (name, &place)]].concat();
        let page = world.block_on(list(&world, &parameters)).unwrap();
        seen.extend(ids(&page));
        for _ in 0..5 {
            put(&world, arrived);
            arrived += 1;
        }
        if page["pagination"]["hasMore"] == false {
            assert_eq!(page["pagination"]["nextCursor"], Value::Null);
            break;
        }
        place = if by_cursor {
            page["pagination"]["nextCursor"].as_str().unwrap().to_owned()
        } else {
            (page["pagination"]["page"].as_u64().unwrap() + 1).to_string()
        };
    }
    let wanted: Vec<MessageId> = (0..500)
        .rev()
        .filter(|n| expected(*n))
        .map(|n| MessageId::new(handlers::at(n * 10), u128::try_from(n).unwrap()))
        .collect();
    assert_eq!(seen, wanted, "{filters:?} by cursor: {by_cursor}");
}

#[test]
fn each_earlier_message_is_seen_once_whatever_arrives() {
    let first = session_id(0).to_string();
    for by_cursor in [true, false] {
        for limit in ["1", "20", "37", "100"] {
            walk(&[], by_cursor, limit, |_| true);
        }
        walk(&[("status", "sent")], by_cursor, "10", |n| n % 8 == 2);
        walk(&[("status", "received")], by_cursor, "10", |n| n % 8 == 6);
        walk(&[("sessionId", &first)], by_cursor, "20", |n| n % 3 == 0);
        walk(&[("to", "16505550003")], by_cursor, "20", |n| n % 7 == 3);
        walk(&[("to", "+1 (650) 555-0003"), ("status", "read")], by_cursor, "3", |n| {
            n % 7 == 3 && n % 8 == 4
        });
        walk(&[("sessionId", &first), ("status", "failed")], by_cursor, "7", |n| n % 3 == 0 && n % 8 == 5);
        let (since, until) = (handlers::at(1_000).to_string(), handlers::at(3_001).to_string());
        for session in [vec![], vec![("sessionId", first.as_str())]] {
            let is_of_session = |n: i64| session.is_empty() || n % 3 == 0;
            let since = [session.clone(), vec![("since", since.as_str())]].concat();
            walk(&since, by_cursor, "20", |n| n >= 100 && is_of_session(n));
            let between = [since.clone(), vec![("until", until.as_str())]].concat();
            walk(&between, by_cursor, "7", |n| (100..=300).contains(&n) && is_of_session(n));
            let sent = [between.clone(), vec![("status", "sent")]].concat();
            walk(&sent, by_cursor, "3", |n| (100..=300).contains(&n) && n % 8 == 2 && is_of_session(n));
        }
        let all = [("sessionId", first.as_str()), ("status", "queued"), ("to", "16505550000")];
        walk(&all, by_cursor, "2", |n| n % 3 == 0 && n % 8 == 0 && n % 7 == 0);
    }
}

#[test]
fn a_page_is_found_without_the_pages_before_it() {
    let world = world_with(500);
    let page = |number: &str| world.block_on(list(&world, &[("limit", "20"), ("page", number)])).unwrap();
    let (third, first, again) = (page("3"), page("1"), page("3"));
    assert_eq!(ids(&third), ids(&again));
    assert_eq!(ids(&third)[0], MessageId::new(handlers::at(4590), 459));
    assert_eq!(ids(&first).len(), 20);
    assert_eq!(ids(&page("25")).len(), 20);
    assert_eq!(page("26")["data"], serde_json::json!([]));
}

#[test]
fn a_cursor_is_good_for_its_list_only() {
    let world = world_with(100);
    world.put_session(&session(9, AccountId::new(World::BEGINNING, 9), ProviderConfig::Sandbox));
    let page = world.block_on(list(&world, &[("status", "sent"), ("limit", "5")])).unwrap();
    let cursor = page["pagination"]["nextCursor"].as_str().unwrap().to_owned();
    let refused = Err((ErrorCode::ValidationFailed, "/cursor".to_owned()));
    let with = |parameters: &[(&str, &str)]| world.block_on(list(&world, parameters));
    assert!(with(&[("status", "sent"), ("cursor", &cursor), ("limit", "7")]).is_ok());
    assert_eq!(with(&[("status", "read"), ("cursor", &cursor)]), refused);
    assert_eq!(with(&[("cursor", &cursor)]), refused);
    let (stranger, theirs) =
        (AccountId::new(World::BEGINNING, 9), [("status", "sent"), ("cursor", &*cursor)]);
    let other = list_of(&world, world.caller().messages(), stranger, &theirs);
    assert_eq!(world.block_on(other), refused);
    for index in 0..cursor.len() {
        let mut tampered = cursor.clone().into_bytes();
        tampered[index] = if tampered[index] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        if tampered != cursor {
            let answer = with(&[("status", "sent"), ("cursor", &tampered)]);
            // The last character has bits that stand for nothing.
            assert!(answer == refused || index == cursor.len() - 1, "{index}");
        }
    }
    for wrong in ["A", "AAAA", "ä", "{}"] {
        assert_eq!(with(&[("status", "sent"), ("cursor", wrong)]), refused, "{wrong}");
    }
}

#[test]
fn a_foreign_session_is_not_there() {
    let world = world_with(10);
    world.put_session(&session(9, AccountId::new(World::BEGINNING, 9), ProviderConfig::Sandbox));
    for number in [9, 77] {
        let id = session_id(number).to_string();
        let answer = world.block_on(list(&world, &[("sessionId", &id)]));
        assert_eq!(answer, Err((ErrorCode::SessionNotFound, String::new())));
    }
}

/// Pages are steady under faults of the tables, too: a request that fails is repeated.
#[test]
fn walks_survive_faults() {
    for seed in 0..50 {
        let world = world_with(120);
        world.set_latency(Latency::USUAL);
        world.set_rates(Rates { throttled: 30, reply_lost: 30, ..Rates::default() });
        let (mut seen, rng) = (BTreeSet::new(), Rng::new(seed));
        for page in 1..=12 {
            let page = page.to_string();
            let found = loop {
                if let Ok(found) = world.block_on(list(&world, &[("limit", "10"), ("page", &page)])) {
                    break found;
                }
            };
            if rng.chance(500) {
                put(&world, 1_000 + i64::from(page.parse::<u16>().unwrap()));
            }
            assert!(ids(&found).into_iter().all(|id| seen.insert(id)), "seed {seed}: a message came twice");
        }
        assert_eq!(seen.len(), 120);
    }
}

/// Each filter on an account with a million messages: units, calls and bytes of a request, and how many requests find all.
#[test]
fn a_request_reads_two_megabytes_at_most_of_a_million_messages() {
    let world = World::new(1);
    for number in 0..10 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    let (id, to) = (session_id(7).to_string(), "16500000007");
    println!("{:<34} {:>6} {:>10} {:>10} {:>6} {:>9}", "filter", "limit", "found", "bytes", "calls", "units");
    for limit in ["20", "100"] {
        let filters: [&[(&str, &str)]; 10] = [
            &[],
            &[("status", "read")],
            &[("status", "received")],
            &[("status", "failed")],
            &[("status", "queued")],
            &[("to", to)],
            &[("to", to), ("status", "failed")],
            &[("sessionId", &id)],
            &[("sessionId", &id), ("status", "failed")],
            &[("sessionId", &id), ("to", to), ("status", "read")],
        ];
        for filter in filters {
            let table = Million::default();
            let parameters = [filter, &[("limit", limit)]].concat();
            let page = world.block_on(list_of(&world, &table, account(), &parameters)).unwrap();
            let found = ids(&page).len();
            let name: Vec<&str> = filter.iter().map(|(name, _)| *name).collect();
            let name = format!(
                "{} {}",
                name.join("+"),
                filter.iter().find(|(n, _)| *n == "status").map_or("", |(_, v)| v)
            );
            let (bytes, calls, tenths) = (table.read_bytes.get(), table.calls.get(), table.tenths.get());
            println!(
                "{name:<34} {limit:>6} {found:>10} {bytes:>10} {calls:>6} {:>7}.{}",
                tenths / 10,
                tenths % 10
            );
            assert!(bytes <= LIST_READ_MAX_BYTES, "{name}: {bytes}");
            assert!(found > 0 || page["pagination"]["hasMore"] == true, "{name}");
        }
    }
}

/// All of a rare filter, page by page: every one of them, and nothing else.
#[test]
fn a_rare_filter_finds_all_of_a_million_messages() {
    let world = World::new(1);
    world.put_session(&session(7, account(), ProviderConfig::Sandbox));
    let id = session_id(7).to_string();
    let (mut found, mut cursor, mut requests) = (Vec::new(), None, 0);
    loop {
        let table = Million::default();
        let mut parameters = vec![("sessionId", id.as_str()), ("status", "failed"), ("limit", "100")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = world.block_on(list_of(&world, &table, account(), &parameters)).unwrap();
        assert!(table.read_bytes.get() <= LIST_READ_MAX_BYTES);
        found.extend(ids(&page));
        requests += 1;
        cursor = page["pagination"]["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let failed = (0..COUNT).rev().filter(|n| n % 1_000 == 7).map(|n| numbered(n).message_id);
    assert_eq!(found, failed.collect::<Vec<_>>());
    assert!(requests < 60, "{requests}");
}

#[test]
fn a_page_that_lies_too_deep_points_to_the_cursor() {
    let world = World::new(1);
    let table = Million::default();
    let answer = world.block_on(list_of(&world, &table, account(), &[("page", "252")]));
    assert_eq!(answer, Err((ErrorCode::ValidationFailed, "/page".to_owned())));
    assert_eq!(table.calls.get(), 0);
    let answer = world.block_on(list_of(&world, &table, account(), &[("page", "251")])).unwrap();
    assert_eq!(ids(&answer)[0], numbered(COUNT - 1 - 5_000).message_id);
    assert!(table.read_bytes.get() <= LIST_READ_MAX_BYTES);
}
