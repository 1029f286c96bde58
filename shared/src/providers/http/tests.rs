use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::sending::pacer::HoldReason;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const SECRET: &str = "key";

fn server<'a>(base_url: &'a str, secret: &'a Secret) -> Server<'a> {
    Server { name: "WAHA server", base_url, header: HeaderName::from_static("x-api-key"), scheme: "", secret }
}

async fn post(client: &HttpClient, base_url: &str) -> Result<Answer, Failure> {
    let secret = Secret::new(SECRET.to_owned());
    client.call(&server(base_url, &secret), Call::post("/api/sendText", b"{}".to_vec())).await
}

fn address(reach: Reach, base_url: &str) -> Result<String, Failure> {
    let secret = Secret::new(SECRET.to_owned());
    let client = HttpClient::new(reach).unwrap();
    let call = Call::post("/api/sendText", Vec::new());
    client.address(&server(base_url, &secret), &call).map(|url| url.to_string())
}

#[test]
fn the_path_goes_below_the_servers_address() {
    for (base_url, url) in [
        ("https://waha.example.com", "https://waha.example.com/api/sendText"),
        ("https://waha.example.com/", "https://waha.example.com/api/sendText"),
        ("https://example.com/waha/", "https://example.com/waha/api/sendText"),
    ] {
        assert_eq!(address(Reach::PublicHttps, base_url).as_deref(), Ok(url), "{base_url}");
    }
}

#[test]
fn addresses_out_of_reach_are_not_called() {
    for base_url in
        ["", "waha", "https://", "http://waha.example.com", "https://127.0.0.1", "mailto:a@b.example"]
    {
        let failure = address(Reach::PublicHttps, base_url).unwrap_err();
        assert!(matches!(failure, Failure::NotSent(HoldReason::ProviderUnreachable, _)), "{base_url}");
    }
    assert!(address(Reach::Anywhere, "http://127.0.0.1").is_ok());
}

#[test]
fn a_key_that_is_no_header_is_refused_here() {
    let broken = Secret::new("a\nb".to_owned());
    let failure = secret_header(&server("https://a.example", &broken)).unwrap_err();
    assert!(matches!(failure, Failure::NotSent(HoldReason::CredentialsRefused, _)));
    let whole = Secret::new(SECRET.to_owned());
    assert!(secret_header(&server("https://a.example", &whole)).unwrap().is_sensitive());
}

/// Answers each look-up with the next of a list, and the last for ever; counts.
#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Fake {
    fn new(answers: &[&[&str]]) -> Self {
        let parse = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        Self { answers: Arc::new(answers.iter().map(parse).collect()), asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Lookup for Fake {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers[turn.min(self.answers.len() - 1)].clone())
    }
}

const NOT_PUBLIC: &str = "The name of the WAHA server leads to an address that is not public";

#[tokio::test]
async fn a_name_with_an_address_out_of_reach_is_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://rebound.example:{}", listener.local_addr().unwrap().port());
    for addresses in [
        &["127.0.0.1"] as &[&str],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["fd00:ec2::254"],
        &["fe80::1"],
        // One public address does not make the others so.
        &["1.1.1.1", "127.0.0.1"],
        &["127.0.0.1", "2606:4700::1111"],
    ] {
        let fake = Fake::new(&[addresses]);
        let client = HttpClient::with_lookup(Reach::PublicHttps, fake.clone()).unwrap();
        let failure = post(&client, &base_url).await.map(|answer| answer.status).unwrap_err();
        assert_eq!(failure, Failure::NotSent(HoldReason::ProviderUnreachable, NOT_PUBLIC.to_owned()));
        assert_eq!(fake.asked(), 1, "{addresses:?}");
    }
    assert!(listener.accept().now_or_never().is_none(), "somebody connected");
}

/// A name that is looked up a second time between check and connection would lead the second call to nowhere.
#[tokio::test]
async fn what_was_checked_is_what_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://rebound.example:{}", listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let read = stream.read(&mut [0; 4096]).await?;
        assert!(read > 0);
        stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}").await
    });
    let fake = Fake::new(&[&["127.0.0.1"], &["192.0.2.1"]]);
    let client = HttpClient::with_lookup(Reach::Anywhere, fake.clone()).unwrap();
    assert_eq!(post(&client, &base_url).await.map(|answer| answer.status), Ok(201));
    assert_eq!(fake.asked(), 1);
    serving.await.unwrap().unwrap();
}

/// DNS that changes from call to call: the second answer is checked as the first was.
#[tokio::test]
async fn a_name_that_changes_is_checked_each_time() {
    let fake = Fake::new(&[&[], &["127.0.0.1"]]);
    let client = HttpClient::with_lookup(Reach::PublicHttps, fake.clone()).unwrap();
    for (asked, why) in [(1, "The WAHA server cannot be reached"), (2, NOT_PUBLIC)] {
        let failure = post(&client, "https://rebound.example").await.map(|answer| answer.status).unwrap_err();
        assert_eq!(failure, Failure::NotSent(HoldReason::ProviderUnreachable, why.to_owned()));
        assert_eq!(fake.asked(), asked);
    }
}

/// Never answers.
struct Silent;

impl Lookup for Silent {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_name_that_is_not_resolved_in_time_holds_the_session() {
    let client = HttpClient::with_lookup(Reach::PublicHttps, Silent).unwrap();
    let failure = post(&client, "https://waha.example.com").await.map(|answer| answer.status).unwrap_err();
    let why = "The WAHA server does not accept connections in time".to_owned();
    assert_eq!(failure, Failure::NotSent(HoldReason::ProviderUnreachable, why));
}
