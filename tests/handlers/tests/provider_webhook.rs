//! Webhooks: the samples of `webhooks.json`, forged ones, and bodies that nobody has thought of.

#![expect(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use domain::message::Message;
use domain::message::report::own_core_id;
use domain::sending::timer::TimerItem;
use domain::session::Secret;
use domain::values::status::Status;
use fakes::World;
use handlers::hooks::{CLOUD, FOREIGN, SANDBOX, WAHA, call, given, lease, request, secret, status_of, world};
use handlers::{at, cloud_api, message, session_id, signed};
use http::Method;
use provider_webhook::Deps;
use serde_json::{Value, json};
use shared::http::ErrorCode;

/// What a row shows, as far as a sample asks.
fn shown(row: &Message) -> Value {
    let mut view = json!(shared::http::message_view(row, None));
    view["errorCode"] = json!(row.error.as_ref().map(|error| error.code.clone()));
    view
}

fn holds(value: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(wanted) => wanted.iter().all(|(name, wanted)| holds(&value[name], wanted)),
        _ => value == expected,
    }
}

/// Ids of ours in a sample: `{{ours:1}}` is the id of the given message with those random bits, `{{own:1}}` the id under
/// which it is sent where an engine lets us choose.
fn filled(body: &Value, number: u128) -> Vec<u8> {
    let mut text = body.to_string();
    for random in 1..4 {
        let id = message(number, Status::Sent, "16505551234", 0, random).message_id;
        text = text.replace(&format!("{{{{ours:{random}}}}}"), &id.to_string());
        text = text.replace(&format!("{{{{own:{random}}}}}"), &own_core_id(id));
    }
    text.into_bytes()
}

fn check(sample: &Value) -> Result<(), String> {
    let world = world();
    let provider = sample["provider"].as_str().unwrap();
    let number = if provider == "cloud_api" { CLOUD } else { WAHA };
    let before: Vec<Message> =
        sample["given"].as_array().into_iter().flatten().map(|about| given(&world, number, about)).collect();
    if sample["leased"] == true {
        lease(&world, number);
    }
    let body = filled(&sample["body"], number);
    let key = match sample["signed"].as_str() {
        None => Some(secret(number)),
        Some("none") => None,
        Some("other session") => Some(secret(FOREIGN)),
        Some(key) => Some(key.to_owned()),
    };
    let expected = sample["status"].as_u64().unwrap_or(200);
    for copy in 1..=2 {
        let answer = call(&world, request(provider, number, body.clone(), key.as_deref()));
        if u64::from(status_of(&answer)) != expected {
            return Err(format!("copy {copy}: {answer:?}"));
        }
    }
    let rows = world.messages_of(session_id(number));
    for (index, wanted) in sample["rows"].as_array().into_iter().flatten().enumerate() {
        let row = world.message(before[index].key()).map(|row| shown(&row)).unwrap();
        if !holds(&row, wanted) {
            return Err(format!("row {index} is {row}"));
        }
    }
    if sample["rows"].is_null() {
        for row in &before {
            if world.message(row.key()).as_ref() != Some(row) {
                return Err("a row has changed".to_owned());
            }
        }
    }
    let arrived: Vec<Value> =
        rows.iter().filter(|row| !before.iter().any(|b| b.key() == row.key())).map(shown).collect();
    let wanted = sample["arrived"].as_array().map(Vec::as_slice).unwrap_or_default();
    if arrived.len() != wanted.len() || !arrived.iter().zip(wanted).all(|(row, wanted)| holds(row, wanted)) {
        return Err(format!("arrived: {}", json!(arrived)));
    }
    let parked = world.queued() as u64;
    if parked != sample["parked"].as_u64().unwrap_or(0) {
        return Err(format!("{parked} are parked"));
    }
    Ok(())
}

#[test]
fn every_sample_does_what_it_says() {
    let samples: Vec<Value> = serde_json::from_str(include_str!("webhooks.json")).unwrap();
    assert!(samples.len() >= 50, "{}", samples.len());
    let wrong: Vec<String> = samples
        .iter()
        .filter_map(|sample| check(sample).err().map(|why| format!("{}: {why}", sample["name"])))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The provider's states in every order, each twice: the message ends in the furthest, and never goes back.
#[test]
fn states_only_move_forward_whatever_the_order() {
    let acks = [1, 2, 3, 4];
    for order in 0..24_usize {
        let mut left = acks.to_vec();
        let mut rest = order;
        let world = world();
        let sent = given(&world, WAHA, &json!({ "providerMessageId": "3EB0AA", "status": "sent" }));
        let mut furthest = 2;
        while !left.is_empty() {
            let ack = left.remove(rest % left.len());
            rest /= left.len() + 1;
            let body = json!({ "event": "message.ack", "session": "default", "payload": { "id": "true_1@c.us_3EB0AA", "fromMe": true, "ack": ack } });
            for _ in 0..2 {
                let answer =
                    call(&world, request("waha", WAHA, body.to_string().into(), Some(&secret(WAHA))));
                assert_eq!(status_of(&answer), 200);
                let place =
                    Status::ALL.iter().position(|s| *s == world.message(sent.key()).unwrap().status).unwrap();
                assert!(place >= furthest, "{order}");
                furthest = place;
            }
        }
        assert_eq!(world.message(sent.key()).unwrap().status, Status::Read);
    }
}

/// An ack comes while the message is being sent, waits in the timer, and is applied once the send is recorded.
#[test]
fn an_early_report_waits_for_our_own_record() {
    use domain::sending::attempt::Progress;
    use shared::ports::DispatchMessages;
    let world = world();
    let mut early = given(&world, WAHA, &json!({ "status": "queued" }));
    early.provider_message_id = None;
    lease(&world, WAHA);
    let messages = world.caller().messages();
    let fence = domain::values::fence::Fence(1);
    world.block_on(messages.claim(early.key(), fence, at(0))).unwrap();
    let body = json!({ "event": "message.ack", "session": "default", "payload": { "id": "true_16505551234@c.us_3EB0AA", "to": "16505551234@c.us", "fromMe": true, "ack": 2 } });
    assert_eq!(
        status_of(&call(&world, request("waha", WAHA, body.to_string().into(), Some(&secret(WAHA))))),
        200
    );
    let wake = |world: &World| {
        let caller = world.caller();
        let Ok(deps) = wake::Deps::of(&caller);
        let batch = world.take_due(15_000);
        let count = batch.len();
        (count, world.block_on(wake::handle(&deps, batch)).len())
    };
    world.block_on(world.sleep(2_000));
    assert_eq!(wake(&world), (1, 1), "it comes again");
    let sent = Progress::Sent { at: at(2_500), provider_message_id: Some("3EB0AA".to_owned()), attempts: 1 };
    world.block_on(messages.record(early.key(), early.priority, fence, &sent)).unwrap();
    world.block_on(world.sleep(15_000));
    assert_eq!(wake(&world), (1, 0));
    assert_eq!(world.message(early.key()).unwrap().status, Status::Delivered);
}

/// It may be about the message in hand, whose send is not recorded yet, and not about an earlier one to the same number.
#[test]
fn a_report_settles_nothing_while_a_message_is_in_hand() {
    let world = world();
    let unknown = given(&world, WAHA, &json!({ "status": "failed", "error": "outcome_unknown" }));
    lease(&world, WAHA);
    let body = json!({ "event": "message.ack", "session": "default", "payload": { "id": "true_16505551234@c.us_3EB0AA", "to": "16505551234@c.us", "fromMe": true, "ack": 2 } });
    let answer = call(&world, request("waha", WAHA, body.to_string().into(), Some(&secret(WAHA))));
    assert_eq!(status_of(&answer), 200);
    assert_eq!(world.message(unknown.key()).unwrap().status, Status::Failed);
    assert_eq!(world.queued(), 1, "the report waits");
}

#[test]
fn a_parked_report_is_read_as_it_was_written() {
    for body in [
        json!({ "kind": "provider_report", "sessionId": session_id(1), "about": { "by": "their_id", "providerMessageId": "3EB0", "to": "16505551234" }, "report": { "status": "read", "at": 5 } }),
        json!({ "kind": "provider_report", "sessionId": session_id(1), "about": { "by": "our_id", "messageId": session_id(2) }, "report": { "status": "failed", "at": 5, "error": { "code": "a", "detail": "b" } } }),
    ] {
        let item: TimerItem = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(&item).unwrap(), body);
    }
}

#[test]
fn only_a_sessions_own_key_opens_its_webhook() {
    let world = world();
    let body = br#"{"event":"session.status","session":"default","payload":{}}"#.to_vec();
    let (right, other) = (secret(WAHA), secret(FOREIGN));
    for (provider, number, key, expected) in [
        ("waha", WAHA, Some(&right), 200),
        ("waha", WAHA, Some(&other), 401),
        ("waha", WAHA, None, 401),
        ("waha", FOREIGN, Some(&right), 401),
        ("waha", FOREIGN, Some(&other), 200),
        ("waha", CLOUD, Some(&secret(CLOUD)), 401),
        ("cloud_api", WAHA, Some(&right), 401),
        ("waha", SANDBOX, Some(&String::new()), 401),
        ("sandbox", SANDBOX, Some(&String::new()), 404),
        ("waha", 77, Some(&right), 401),
        ("Waha", WAHA, Some(&right), 404),
    ] {
        let answer = call(&world, request(provider, number, body.clone(), key.map(String::as_str)));
        assert_eq!(status_of(&answer), expected, "{provider} {number} {key:?}");
    }
    let mut wrong_id = request("waha", WAHA, body, Some(&right));
    wrong_id.path_parameters.insert("sessionId".to_owned(), "../etc".to_owned());
    assert_eq!(call(&world, wrong_id).unwrap_err().code, ErrorCode::SignatureInvalid);
}

#[test]
fn every_changed_bit_of_body_or_signature_is_noticed() {
    let world = world();
    let body = br#"{"event":"message.ack","session":"default","payload":{}}"#.to_vec();
    for index in 0..body.len() {
        let mut forged = request("waha", WAHA, body.clone(), Some(&secret(WAHA)));
        let mut changed = body.clone();
        changed[index] ^= 1;
        forged.body = changed.into();
        assert_eq!(status_of(&call(&world, forged)), 401);
    }
    let signature = signed::waha(&secret(WAHA), &body);
    for index in 0..signature.len() {
        let mut forged = request("waha", WAHA, body.clone(), None);
        let mut changed = signature.clone().into_bytes();
        changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        forged.headers.insert("x-webhook-hmac", changed.parse().unwrap());
        assert_eq!(status_of(&call(&world, forged)), 401);
    }
}

#[test]
fn a_handshake_gives_the_challenge_back() {
    let world = world();
    let ask = |token: &str, mode: &str, challenge: &str| {
        let mut request = request("cloud_api", CLOUD, Vec::new(), None);
        request.method = Method::GET;
        let pairs = [("hub.mode", mode), ("hub.challenge", challenge), ("hub.verify_token", token)];
        request.query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        call(&world, request)
    };
    let answer = ask("verify me", "subscribe", "1158201444").unwrap();
    assert_eq!((answer.body.as_ref(), answer.status.as_u16()), (b"1158201444".as_slice(), 200));
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(status_of(&ask("verify mE", "subscribe", "1")), 403);
    assert_eq!(status_of(&ask("", "subscribe", "1")), 403);
    assert_eq!(status_of(&ask("verify me", "unsubscribe", "1")), 403);
    assert_eq!(status_of(&ask("verify me", "subscribe", "<script>")), 400);
    let mut waha = request("waha", WAHA, Vec::new(), None);
    waha.method = Method::GET;
    assert_eq!(status_of(&call(&world, waha)), 404);
}

#[test]
fn three_megabytes_are_taken_and_five_are_not() {
    let world = world();
    let sent = given(&world, CLOUD, &json!({ "status": "sent" }));
    let status = json!({
        "id": "wamid.A", "status": "delivered", "timestamp": "1767225600", "recipient_id": "16505551234",
        "biz_opaque_callback_data": sent.message_id, "filling": "x".repeat(800),
    });
    let statuses = vec![status; 3_000];
    let value = json!({ "metadata": { "phone_number_id": "106540352242922" }, "statuses": statuses });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "messages", "value": value }] }] });
    let body = body.to_string().into_bytes();
    assert!(body.len() > 2_800_000, "{}", body.len());
    assert_eq!(status_of(&call(&world, request("cloud_api", CLOUD, body, Some(&secret(CLOUD))))), 200);
    assert_eq!(world.message(sent.key()).unwrap().status, Status::Delivered);
    let large = vec![b' '; 5 * 1024 * 1024];
    assert_eq!(status_of(&call(&world, request("cloud_api", CLOUD, large, None))), 413);
}

#[test]
fn trouble_of_ours_is_repeated_by_the_provider() {
    use fakes::{ALWAYS, Rates, Role};
    let world = world();
    let sent = given(&world, WAHA, &json!({ "providerMessageId": "3EB0AA" }));
    let body = json!({ "event": "message.ack", "session": "default", "payload": { "id": "3EB0AA", "fromMe": true, "ack": 2 } });
    let rates = Rates { table_refused: ALWAYS, ..Rates::default() };
    let caller = fakes::Caller::with(world.clone(), Role::Api, rates);
    let Ok(deps) = Deps::of(&caller);
    let deps = Deps { sessions: world.caller().sessions(), ..deps };
    let again = request("waha", WAHA, body.to_string().into(), Some(&secret(WAHA)));
    let answer = world.block_on(provider_webhook::handle(&deps, again.clone().into()));
    assert_eq!(status_of(&answer), 503);
    assert_eq!(status_of(&call(&world, again)), 200);
    assert_eq!(world.message(sent.key()).unwrap().status, Status::Delivered);
}

/// Ids are never shown by a secret's debug output.
#[test]
fn secrets_stay_hidden() {
    assert!(!format!("{:?}", cloud_api("hidden")).contains("hidden"));
    assert_eq!(format!("{:?}", Secret::new("a".to_owned())), "Secret(…)");
}
