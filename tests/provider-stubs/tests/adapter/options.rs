//! What a WAHA session may ask for before its messages: numbers checked, typing shown, ids of ours.

use domain::message::report::own_core_id;
use domain::sending::attempt::Outcome;
use domain::session::WahaOptions;
use domain::tuning::NUMBER_KNOWN_MS;
use provider_stubs::{Engine, ProviderStub, Reply, Script};
use shared::ports::Clock;

use crate::world::{Chats, RealTime, Trouble, brief, send_with, settings, stub, text, waha_with};

const CHECK: WahaOptions =
    WahaOptions { check_numbers: true, simulate_typing: false, own_message_ids: false };
const TYPING: WahaOptions =
    WahaOptions { check_numbers: false, simulate_typing: true, own_message_ids: false };
const ALL: WahaOptions = WahaOptions { check_numbers: true, simulate_typing: true, own_message_ids: true };

const QUESTION: &str = "/api/contacts/check-exists?phone=16505551234&session=default";

fn paths(stub: &ProviderStub) -> Vec<String> {
    let calls = stub.calls();
    assert!(calls.iter().all(|call| call.refused.is_none()), "{calls:?}");
    calls.into_iter().map(|call| call.path).collect()
}

async fn outcome(stub: &ProviderStub, options: WahaOptions) -> Outcome {
    send_with(&stub.base_url(), "default", options, &text("16505551234")).await
}

fn status(status: u16, body: &str) -> Reply {
    Reply::Status { status, body: body.to_owned(), retry_after: None, location: None }
}

/// Sends twice, each time by a new process.
async fn twice(stub: &ProviderStub, chats: &Chats) {
    let to = settings(&stub.base_url(), "default", CHECK);
    for _ in 0..2 {
        let outcome = waha_with(chats.clone()).send_through(&to, &text("16505551234")).await;
        assert_eq!(brief(&outcome).0, "accepted");
    }
}

#[tokio::test]
async fn a_number_is_asked_about_once() {
    let stub = stub(Reply::Accepted).await;
    twice(&stub, &Chats::default()).await;
    assert_eq!(paths(&stub), [QUESTION, "/api/sendText", "/api/sendText"]);
}

/// Numbers are given up, and given to others.
#[tokio::test]
async fn a_number_is_asked_about_again_after_a_month() {
    let month_ago = RealTime.now().plus_millis(-NUMBER_KNOWN_MS);
    for (told_at, questions) in [(month_ago.plus_millis(60_000), 0), (month_ago, 1)] {
        let stub = stub(Reply::Accepted).await;
        twice(&stub, &Chats::since(&text("16505551234"), told_at)).await;
        assert_eq!(stub.calls().len(), 2 + questions, "{told_at}");
    }
}

/// Neither fails a message, and the one that hangs does not take the time that the send needs.
#[tokio::test]
async fn a_table_in_trouble_costs_a_question() {
    for trouble in [Trouble::Fails, Trouble::Hangs] {
        let stub = stub(Reply::Accepted).await;
        let (begun, chats) = (RealTime.now(), Chats::in_trouble(trouble));
        twice(&stub, &chats).await;
        assert_eq!(paths(&stub), [QUESTION, "/api/sendText", QUESTION, "/api/sendText"]);
        assert!(RealTime.now().millis_since(begun) < 8_000, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_number_that_is_not_there_is_not_sent_to() {
    let stub = stub(Reply::Accepted).await;
    let missing_numbers = vec!["1234".to_owned()];
    stub.set_script(Script { missing_numbers, ..Script::always(Reply::Accepted) });
    for _ in 0..2 {
        assert_eq!(brief(&outcome(&stub, CHECK).await), ("permanent", "number_not_on_whatsapp"));
    }
    // Whoever was not there may have come meanwhile.
    assert_eq!(paths(&stub), [QUESTION, QUESTION]);
}

/// What comes back to a question decides whether the message goes out at all.
#[tokio::test]
async fn a_question_without_a_good_answer_sends_or_holds() {
    let not_working = Reply::NotWorking { status: "STOPPED".to_owned(), wait_ms: 10 };
    for (helpers, expected, sends) in [
        (status(404, r#"{"message":"Cannot GET /api/contacts/check-exists"}"#), "accepted", true),
        (status(500, ""), "accepted", true),
        (status(501, ""), "accepted", true),
        (status(200, "<html>"), "accepted", true),
        (status(401, ""), "held", false),
        (not_working, "held", false),
        (Reply::Hang, "held", false),
        (Reply::Close, "held", false),
    ] {
        let stub = stub(Reply::Accepted).await;
        stub.set_script(Script { helpers: Some(helpers.clone()), ..Script::always(Reply::Accepted) });
        assert_eq!(brief(&outcome(&stub, CHECK).await).0, expected, "{helpers:?}");
        assert_eq!(stub.calls().len(), 1 + usize::from(sends), "{helpers:?}");
    }
}

#[tokio::test]
async fn typing_is_shown_before_the_message() {
    let stub = stub(Reply::Accepted).await;
    assert_eq!(brief(&outcome(&stub, TYPING).await).0, "accepted");
    assert_eq!(paths(&stub), ["/api/startTyping", "/api/stopTyping", "/api/sendText"]);
    let calls = stub.calls();
    let typed_ms = calls[1].started_at_ms - calls[0].ended_at_ms.unwrap();
    assert!(typed_ms >= 490, "{typed_ms}");
}

#[tokio::test]
async fn typing_that_is_not_known_fails_nothing() {
    for helpers in [status(404, ""), status(422, ""), status(500, "")] {
        let stub = stub(Reply::Accepted).await;
        stub.set_script(Script { helpers: Some(helpers.clone()), ..Script::always(Reply::Accepted) });
        assert_eq!(brief(&outcome(&stub, TYPING).await).0, "accepted", "{helpers:?}");
        assert_eq!(paths(&stub), ["/api/startTyping", "/api/sendText"], "{helpers:?}");
    }
}

/// WAHA lets both wait ten seconds when its session is not working: the send would be cut short, its outcome unknown.
#[tokio::test]
async fn typing_that_is_not_answered_holds_the_session() {
    for helpers in [status(401, ""), Reply::Hang, Reply::Close] {
        let stub = stub(Reply::Accepted).await;
        stub.set_script(Script { helpers: Some(helpers.clone()), ..Script::always(Reply::Accepted) });
        assert_eq!(brief(&outcome(&stub, TYPING).await).0, "held", "{helpers:?}");
        assert_eq!(paths(&stub), ["/api/startTyping"], "{helpers:?}");
    }
}

#[tokio::test]
async fn an_id_of_ours_is_the_id_of_the_message_where_the_engine_takes_it() {
    let stub = stub(Reply::Accepted).await;
    let id = own_core_id(text("16505551234").message_id);
    for (engine, is_ours) in [(Engine::Noweb, true), (Engine::Gows, true), (Engine::Webjs, false)] {
        stub.set_script(Script { engine, ..Script::always(Reply::Accepted) });
        let outcome = outcome(&stub, ALL).await;
        assert_eq!(brief(&outcome).0, "accepted");
        assert_eq!(brief(&outcome).1 == id, is_ours, "{engine:?}");
        let call = stub.calls().pop().unwrap();
        assert_eq!(call.body["id"], id.as_str());
    }
    assert!(id.starts_with("3EB0") && id.len() == 22, "{id}");
    stub.set_script(Script { engine: Engine::Gows, ..Script::always(Reply::TruncatedBody) });
    assert_eq!(brief(&outcome(&stub, ALL).await), ("accepted", id.as_str()));
}
