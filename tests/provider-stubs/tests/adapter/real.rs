//! The WAHA adapter against a real WAHA server that has no phone: every refusal keeps the message, and holds its session.
//!
//!     PACELINE_WAHA=http://127.0.0.1:3000 cargo test -p provider-stubs --test adapter -- --ignored real
//!
//! The session `default` of that server is stopped and started.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "run by hand, against the server that is named"
)]

use domain::message::{ContentType, Message};
use domain::session::WahaOptions;

use crate::world::{KEY, brief, media, send_with, text};

const NOTHING_MORE: WahaOptions =
    WahaOptions { check_numbers: false, simulate_typing: false, own_message_ids: false };

async fn control(server: &str, action: &str) {
    let url = format!("{server}/api/sessions/default/{action}");
    let answer = reqwest::Client::new().post(url).header("x-api-key", KEY).send().await.unwrap();
    println!("{action}: {} {}", answer.status(), answer.text().await.unwrap());
}

/// What the adapter makes of an answer, printed with what people are told.
async fn outcome(server: &str, session: &str, options: WahaOptions, message: &Message) -> String {
    let outcome = send_with(server, session, options, message).await;
    println!("{session}: {outcome:?}");
    let (kind, reason) = brief(&outcome);
    format!("{kind} {reason}")
}

#[tokio::test]
#[ignore = "needs a WAHA server: see above"]
async fn a_real_server_without_a_phone_holds_its_session() {
    let server = std::env::var("PACELINE_WAHA").expect("PACELINE_WAHA is the address of a WAHA server");
    let message = text("16505551234");
    control(&server, "stop").await;
    assert_eq!(outcome(&server, "default", NOTHING_MORE, &message).await, "held session_disconnected");
    assert_eq!(outcome(&server, "shop", NOTHING_MORE, &message).await, "held session_disconnected");
    let elsewhere = format!("{server}/waha");
    assert_eq!(outcome(&elsewhere, "default", NOTHING_MORE, &message).await, "held provider_unreachable");

    control(&server, "start").await;
    let url = "https://example.com/a";
    let media = [ContentType::Image, ContentType::File, ContentType::Audio, ContentType::Video];
    for message in media.map(|kind| self::media(kind, url)).iter().chain([&message]) {
        assert_eq!(outcome(&server, "default", NOTHING_MORE, message).await, "held session_disconnected");
    }
    for options in [
        WahaOptions { check_numbers: true, ..NOTHING_MORE },
        WahaOptions { simulate_typing: true, ..NOTHING_MORE },
        WahaOptions { own_message_ids: true, ..NOTHING_MORE },
    ] {
        let held = outcome(&server, "default", options, &message).await;
        assert!(held.starts_with("held "), "{options:?}: {held}");
    }
    control(&server, "stop").await;
}
