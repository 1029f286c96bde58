//! Connections that fail: before anything was written, or after.

use std::io;
use std::time::{Duration, Instant};

use domain::sending::attempt::Outcome;
use domain::session::WahaOptions;
use domain::tuning::PROVIDER_TIMEOUT_MS;
use provider_stubs::{ProviderStub, Reply, Script};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{KEY, brief, detail, send_to, settings, stub, text, waha};

/// How long a send took, and what it came to.
async fn timed(base_url: &str) -> (Duration, Outcome) {
    #[expect(clippy::disallowed_methods, reason = "what is measured is how long a real call takes")]
    let (start, outcome) = (Instant::now(), send_to(base_url).await);
    (start.elapsed(), outcome)
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[tokio::test]
async fn a_refused_connection_holds_the_session() {
    let (listener, address) = listener().await;
    drop(listener);
    let outcome = send_to(&format!("http://{address}")).await;
    assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
    assert_eq!(detail(&outcome), "The WAHA server refuses connections.");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_holds_the_session() {
    let outcome = send_to("http://waha.invalid").await;
    assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
    assert_eq!(detail(&outcome), "The name of the WAHA server cannot be resolved.");
}

#[tokio::test]
async fn a_failed_tls_handshake_holds_the_session() {
    let stub = stub(Reply::Accepted).await;
    let outcome = send_to(&stub.base_url().replace("http:", "https:")).await;
    assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
    assert_eq!(stub.calls().len(), 0);
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_holds_the_session() {
    let (_listener, address) = listener().await;
    let (took, outcome) = timed(&format!("https://{address}")).await;
    assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
    assert_eq!(detail(&outcome), "The WAHA server does not accept connections in time.");
    assert!((2_900..4_000).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_leaves_the_outcome_unknown() {
    let stub = stub(Reply::Close).await;
    assert_eq!(brief(&send_to(&stub.base_url()).await), ("unknown", ""));
    assert_eq!((stub.calls().len(), stub.connections()), (1, 1));
}

#[tokio::test]
async fn a_connection_that_closes_at_once_leaves_the_outcome_unknown_and_is_not_tried_again() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    stub.set_script(Script { closed_connections: 1, ..Script::default() });
    assert_eq!(brief(&send_to(&stub.base_url()).await), ("unknown", ""));
    assert_eq!((stub.calls().len(), stub.connections()), (0, 1));
}

#[tokio::test]
async fn an_answer_that_does_not_come_leaves_the_outcome_unknown_in_time() {
    let stub = stub(Reply::Hang).await;
    let (took, outcome) = timed(&stub.base_url()).await;
    assert_eq!(brief(&outcome), ("unknown", ""));
    let limit = u128::from(PROVIDER_TIMEOUT_MS.unsigned_abs());
    assert!((limit - 100..limit + 500).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test]
async fn a_body_that_does_not_end_is_a_success_in_time() {
    let stub = stub(Reply::HangingBody).await;
    let (took, outcome) = timed(&stub.base_url()).await;
    assert_eq!(outcome, Outcome::Accepted { provider_message_id: None });
    assert!(took.as_millis() < u128::from(PROVIDER_TIMEOUT_MS.unsigned_abs()) + 500, "{took:?}");
}

/// Reads a request whose body is small, as far as it comes in one go.
async fn read_request(stream: &mut TcpStream) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    stream.read(&mut buffer).await
}

#[tokio::test]
async fn what_is_not_http_leaves_the_outcome_unknown() {
    for answer in
        ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 2", "HTTP/1.1 201 Created\r\nContent-Le", "\0\0\0\0"]
    {
        let (listener, address) = listener().await;
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            read_request(&mut stream).await?;
            stream.write_all(answer.as_bytes()).await
        });
        assert_eq!(brief(&send_to(&format!("http://{address}")).await), ("unknown", ""), "{answer:?}");
        server.await.unwrap().unwrap();
    }
}

/// A server that promises to keep connections, and closes them when the second request is on its way, as one does
/// whose idle time has just run out.
async fn closes_kept_connections(listener: TcpListener) -> io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}";
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            read_request(&mut stream).await?;
            stream.write_all(ANSWER).await?;
            read_request(&mut stream).await
        });
    }
}

#[tokio::test]
async fn no_message_is_lost_to_a_connection_that_was_kept() {
    let (listener, address) = listener().await;
    let server = tokio::spawn(closes_kept_connections(listener));
    let waha = waha();
    let to = settings(&format!("http://{address}"), "default", WahaOptions::default());
    for _ in 0..5 {
        assert_eq!(brief(&waha.send_through(&to, &text("16505551234")).await).0, "accepted");
    }
    server.abort();
}

/// Why the adapter keeps no connections: a client that does loses requests, and cannot know whether they arrived.
#[tokio::test]
async fn a_client_that_keeps_connections_would_lose_messages() {
    let (listener, address) = listener().await;
    let server = tokio::spawn(closes_kept_connections(listener));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut errors = Vec::new();
    for _ in 0..2 {
        let request = client.post(format!("http://{address}/api/sendText")).body("{}");
        let sent = async { request.send().await?.bytes().await };
        errors.extend(sent.await.err().map(|error| (error.is_connect(), error.is_request())));
    }
    assert_eq!(errors, [(false, true)]);
    server.abort();
}
