//! Conversations: the latest by contact, within what a request may read.

#![expect(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use domain::message::Inbound;
use domain::message::Message;
use domain::session::ProviderConfig;
use domain::tuning::LIST_READ_MAX_BYTES;
use domain::values::status::Status;
use fakes::World;
use handlers::{Over, account, body, message, query, session, session_id};
use serde_json::Value;
use shared::ports::{ListMessages, ListSessionMessages};

/// `GET /messages/conversations` with these parameters.
fn conversations(
    world: &World,
    table: impl ListMessages + ListSessionMessages,
    parameters: &[(&str, &str)],
) -> Value {
    let caller = world.caller();
    let deps = list_conversations::Deps::<Over<_>> {
        sessions: caller.sessions(),
        messages: table,
        conversations: caller.lists(),
    };
    let call = caller.admitted(account(), query(parameters));
    body(&world.block_on(list_conversations::handle(&deps, call)).unwrap())
}

/// The contacts of a list of conversations, and whether there is more.
fn contacts(answer: &Value) -> (Vec<String>, bool) {
    let phone = |talk: &Value| talk["phone"].as_str().unwrap().to_owned();
    let phones = answer["data"].as_array().unwrap().iter().map(phone).collect();
    (phones, answer["pagination"]["hasMore"] == true)
}

#[test]
fn conversations_are_the_latest_by_contact() {
    let world = World::new(1);
    for number in 0..2 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    for n in 0..300_i64 {
        let number = u128::try_from(n).unwrap();
        let status = if n % 5 == 0 { Status::Received } else { Status::Sent };
        world.put_message(&message(number % 2, status, &format!("1650555{:04}", n % 40), n, number));
    }
    let ask =
        |parameters: &[(&str, &str)]| contacts(&conversations(&world, world.caller().messages(), parameters));
    let (all, has_more) = ask(&[("limit", "100")]);
    assert_eq!((all.len(), has_more, all[0].as_str()), (40, false, "16505550019"));
    let id = session_id(1).to_string();
    let expected =
        |count: i32| (0..count).map(|n| format!("16505550{:03}", (59 - 2 * n) % 40)).collect::<Vec<_>>();
    assert_eq!(ask(&[("limit", "7"), ("sessionId", &id)]), (expected(7), true));
    assert_eq!(ask(&[("limit", "20"), ("sessionId", &id)]), (expected(20), false));
    assert_eq!(ask(&[("limit", "100"), ("sessionId", &id)]), (expected(20), false));
}

/// They are found within what a request may read, no matter how much the account writes through other sessions.
#[test]
fn the_conversations_of_a_quiet_session_are_found() {
    let world = World::new(1);
    for number in 0..2 {
        world.put_session(&session(number, account(), ProviderConfig::Sandbox));
    }
    world.put_message(&message(1, Status::Sent, "16505550001", 0, 0));
    for n in 1..12_000_i64 {
        world.put_message(&message(0, Status::Sent, "16505550002", n, u128::try_from(n).unwrap()));
    }
    let id = session_id(1).to_string();
    let answer = conversations(&world, world.caller().messages(), &[("sessionId", &id)]);
    assert_eq!(contacts(&answer), (vec!["16505550001".to_owned()], false));
    world.take_read_bytes();
    let id = session_id(0).to_string();
    let answer = conversations(&world, world.caller().messages(), &[("sessionId", &id), ("limit", "100")]);
    assert_eq!(contacts(&answer), (vec!["16505550002".to_owned()], true));
    assert!(world.take_read_bytes() <= LIST_READ_MAX_BYTES);
}

/// The name in the newest message counts; if it has none, the latest name before.
#[test]
fn a_conversation_has_the_name_its_contact_last_used() {
    let world = World::new(1);
    world.put_session(&session(0, account(), ProviderConfig::Sandbox));
    let named = |n: u128, name: &str| {
        let contact_name = Some(name.to_owned());
        let inbound = Some(Inbound { contact_name, ..Inbound::default() });
        Message { inbound, ..message(0, Status::Received, "16505550001", i64::try_from(n).unwrap(), n) }
    };
    world.keep_stream();
    world.put_message(&named(1, "Ann"));
    world.put_message(&named(2, "Bea"));
    world.put_message(&message(0, Status::Sent, "16505550001", 3, 3));
    let ask = || conversations(&world, world.caller().messages(), &[])["data"][0]["name"].clone();
    assert_eq!(ask(), Value::Null);
    let Ok(deps) = project::Deps::of(&world.caller());
    world.block_on(project::handle(&deps, &world.changes()[&session_id(0)])).unwrap();
    assert_eq!(ask(), "Bea");
    world.put_message(&named(4, "Cat"));
    assert_eq!(ask(), "Cat");
}
