//! Messages that are refused, by an answer.

use domain::sending::attempt::Outcome;
use provider_stubs::{ProviderStub, Reply, Script};

use crate::world::{KEY, brief, send, send_to, stub, text};

fn status(status: u16, body: &str, retry_after: Option<&str>) -> Reply {
    let retry_after = retry_after.map(str::to_owned);
    Reply::Status { status, body: body.to_owned(), retry_after, location: None }
}

fn exception(message: &str) -> Reply {
    Reply::Exception { message: message.to_owned() }
}

#[tokio::test]
async fn every_answer_means_something() {
    for (reply, outcome) in [
        (status(400, r#"{"message":"Bad Request"}"#, None), ("permanent", "provider_rejected")),
        (status(401, r#"{"message":"Unauthorized"}"#, None), ("held", "credentials_refused")),
        (status(404, "<html>", None), ("held", "provider_unreachable")),
        (status(422, r#"{"message":"no"}"#, None), ("permanent", "provider_rejected")),
        (status(429, "", None), ("held", "rate_limited")),
        (exception("Timed out"), ("unknown", "")),
        (exception("2 UNKNOWN: server returned error 463"), ("new contacts held", "new_contact_restricted")),
        (exception("2 UNKNOWN: server returned error 400"), ("transient", "provider_unavailable")),
        (status(502, "", None), ("unknown", "")),
        (status(503, "", None), ("held", "provider_unreachable")),
        (status(504, "", None), ("unknown", "")),
    ] {
        let stub = stub(reply.clone()).await;
        assert_eq!(brief(&send_to(&stub.base_url()).await), outcome, "{reply:?}");
        assert_eq!((stub.calls().len(), &stub.calls()[0].refused), (1, &None), "{reply:?}");
    }
}

#[tokio::test]
async fn a_session_that_does_not_work_is_held() {
    let stub = stub(Reply::NotWorking { status: "SCAN_QR_CODE".to_owned(), wait_ms: 50 }).await;
    let Outcome::SessionTrouble { reason, detail, hold_ms } = send_to(&stub.base_url()).await else {
        panic!()
    };
    assert_eq!((reason.name(), hold_ms), ("session_disconnected", None));
    assert_eq!(detail, "The WAHA session waits for its QR code to be scanned.");
}

#[tokio::test]
async fn a_session_that_is_unknown_is_held() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    stub.set_script(Script { sessions: Some(vec!["shop".to_owned()]), ..Script::default() });
    let message = text("16505551234");
    assert_eq!(brief(&send(&stub.base_url(), "other", &message).await), ("held", "session_disconnected"));
    assert_eq!(brief(&send(&stub.base_url(), "shop", &message).await).0, "accepted");
}

#[tokio::test]
async fn another_key_is_refused() {
    let stub = ProviderStub::start(0, "another").await.unwrap();
    assert_eq!(brief(&send_to(&stub.base_url()).await), ("held", "credentials_refused"));
}

#[tokio::test]
async fn a_server_that_asks_for_time_gets_it() {
    for code in [429, 503] {
        let stub = stub(status(code, "", Some("90"))).await;
        let Outcome::SessionTrouble { hold_ms, .. } = send_to(&stub.base_url()).await else { panic!() };
        assert_eq!(hold_ms, Some(90_000), "{code}");
    }
}

#[tokio::test]
async fn a_server_that_quotes_the_key_is_not_quoted() {
    // `send` looks for the key in every outcome.
    let stub = stub(status(400, &format!(r#"{{"message":"wrong key {KEY}, man"}}"#), None)).await;
    let Outcome::Permanent(error) = send_to(&stub.base_url()).await else { panic!() };
    assert_eq!(error.detail, "The WAHA server refused the message (HTTP 400): wrong key \u{2026}, man.");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = stub(Reply::Accepted).await;
    for code in [301, 302, 307, 308] {
        let location = Some(format!("{}/api/sendText", elsewhere.base_url()));
        let reply = Reply::Status { status: code, body: String::new(), retry_after: None, location };
        let stub = stub(reply).await;
        assert_eq!(brief(&send_to(&stub.base_url()).await), ("held", "provider_unreachable"), "{code}");
        assert_eq!(elsewhere.connections(), 0, "{code}");
    }
}
