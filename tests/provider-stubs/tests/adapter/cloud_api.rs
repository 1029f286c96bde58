//! The Cloud API: every code of the table, every shape of an answer, and connections that fail.

use domain::message::ContentType;
use domain::sending::attempt::Outcome;
use provider_stubs::{Reply, Script};
use serde_json::json;
use shared::providers::cloud_api::codes::{CODES, Meaning};
use tokio::net::TcpListener;

use crate::world::{brief, media, send_by_cloud_api, stub, text};

const NUMBER: &str = "16505551234";

async fn outcome_of(reply: Reply) -> Outcome {
    let stub = stub(reply).await;
    let outcome = send_by_cloud_api(&stub.base_url(), &text(NUMBER)).await;
    assert!(stub.calls().iter().all(|call| call.refused.is_none()), "{:?}", stub.calls());
    outcome
}

const fn expected(meaning: Meaning) -> (&'static str, &'static str) {
    match meaning {
        Meaning::TooFast => ("held", "rate_limited"),
        Meaning::Unavailable => ("held", "provider_unreachable"),
        Meaning::Unknown => ("unknown", ""),
        Meaning::RecipientTooFast => ("recipient held", "recipient_rate_limited"),
        Meaning::Restricted => ("held", "account_restricted"),
        Meaning::Credentials => ("held", "credentials_refused"),
        Meaning::Recipient => ("permanent", "provider_rejected"),
        Meaning::Request => ("request refused", "request_refused"),
    }
}

#[tokio::test]
async fn every_code_of_the_table_has_its_outcome() {
    let stub = stub(Reply::Accepted).await;
    for code in CODES {
        let reply = Reply::MetaError { code: code.first, status: 400, is_transient: Some(false) };
        stub.set_script(Script::always(reply));
        let outcome = send_by_cloud_api(&stub.base_url(), &text(NUMBER)).await;
        assert_eq!(brief(&outcome), expected(code.meaning), "{}", code.first);
    }
    assert!(stub.calls().iter().all(|call| call.refused.is_none()));
}

#[tokio::test]
async fn an_unknown_code_is_tried_again_only_when_meta_says_so() {
    for (status, is_transient, outcome) in [
        (500, Some(true), ("transient", "provider_unavailable")),
        (400, Some(true), ("transient", "provider_unavailable")),
        (400, Some(false), ("permanent", "provider_rejected")),
        (400, None, ("permanent", "provider_rejected")),
        (500, None, ("unknown", "")),
    ] {
        let reply = Reply::MetaError { code: 999_999, status, is_transient };
        assert_eq!(brief(&outcome_of(reply).await), outcome, "{status} {is_transient:?}");
    }
}

#[tokio::test]
async fn every_type_is_taken_with_our_id_and_a_plus() {
    let stub = stub(Reply::Accepted).await;
    for (message, kind) in [
        (text(NUMBER), "text"),
        (media(ContentType::Image, "https://a.example/cat.png"), "image"),
        (media(ContentType::File, "https://a.example/report.pdf"), "document"),
        (media(ContentType::Audio, "https://a.example/note"), "audio"),
        (media(ContentType::Video, "https://a.example/"), "video"),
    ] {
        let outcome = send_by_cloud_api(&stub.base_url(), &message).await;
        let call = stub.calls().pop().unwrap();
        assert_eq!((call.path.as_str(), &call.refused), ("/v23.0/106540352242922/messages", &None), "{kind}");
        assert_eq!(brief(&outcome), ("accepted", call.message_id.unwrap().as_str()), "{kind}");
        assert_eq!((&call.body["to"], &call.body["type"]), (&json!("+16505551234"), &json!(kind)));
        assert_eq!(call.body["biz_opaque_callback_data"], message.message_id.to_string());
    }
}

#[tokio::test]
async fn what_meta_has_taken_is_accepted_however_the_answer_comes() {
    for (reply, has_id) in [
        (Reply::Kept { status: "held_for_quality_assessment".to_owned() }, true),
        (Reply::Kept { status: "paused".to_owned() }, true),
        (Reply::LongBody { bytes: 60 * 1024 }, true),
        (Reply::LongBody { bytes: 10 * 1024 * 1024 }, false),
        (Reply::TruncatedBody, false),
        (Reply::HangingBody, false),
    ] {
        let Outcome::Accepted { provider_message_id } = outcome_of(reply.clone()).await else {
            panic!("{reply:?}")
        };
        assert_eq!(provider_message_id.is_some(), has_id, "{reply:?}");
        assert!(provider_message_id.is_none_or(|id| id.starts_with("wamid.")));
    }
}

#[tokio::test]
async fn what_is_not_metas_answer_leaves_the_outcome_unknown() {
    let page =
        |status| Reply::Status { status, body: "<html>".to_owned(), retry_after: None, location: None };
    for reply in [Reply::EmptyBody, Reply::Close, Reply::Hang, page(200), page(500), page(502), page(504)] {
        assert_eq!(brief(&outcome_of(reply.clone()).await), ("unknown", ""), "{reply:?}");
    }
}

#[tokio::test]
async fn answers_without_a_code_speak_by_their_status() {
    for (status, outcome) in [
        (302, ("held", "provider_unreachable")),
        (401, ("held", "credentials_refused")),
        (404, ("held", "provider_unreachable")),
        (413, ("transient", "provider_unavailable")),
        (429, ("held", "rate_limited")),
        (503, ("held", "provider_unreachable")),
    ] {
        let location = Some("https://elsewhere.example".to_owned());
        let reply =
            Reply::Status { status, body: String::new(), retry_after: Some("90".to_owned()), location };
        let came_to = outcome_of(reply).await;
        assert_eq!(brief(&came_to), outcome, "{status}");
        let asks = matches!(status, 429 | 503);
        let is_kept = matches!(came_to, Outcome::SessionTrouble { hold_ms: Some(90_000), .. });
        assert_eq!(is_kept, asks, "{status}");
    }
}

#[tokio::test]
async fn another_token_is_refused() {
    let stub = provider_stubs::ProviderStub::start(0, "another").await.unwrap();
    let outcome = send_by_cloud_api(&stub.base_url(), &text(NUMBER)).await;
    assert_eq!(brief(&outcome), ("held", "credentials_refused"));
}

#[tokio::test]
async fn what_surely_was_not_sent_holds_the_session() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (base_url, why) in [
        (closed.as_str(), "The Cloud API refuses connections."),
        ("http://graph.invalid", "The name of the Cloud API cannot be resolved."),
    ] {
        let outcome = send_by_cloud_api(base_url, &text(NUMBER)).await;
        let Outcome::SessionTrouble { reason, detail, hold_ms } = outcome else { panic!("{outcome:?}") };
        assert_eq!((reason.name(), detail.as_str(), hold_ms), ("provider_unreachable", why, None));
    }
}
