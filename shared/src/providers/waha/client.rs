//! The HTTP client, and what it means when it gets no answer.

use std::error::Error;
use std::time::Duration;

use domain::attempt::Outcome;
use domain::limits::PROVIDER_TIMEOUT_MS;
use domain::pacer::HoldReason;
use domain::session::Secret;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url, redirect, retry};

use super::WahaSession;
use super::answer::Answer;
use super::reach::Reach;
use super::request::Call;

/// Longest wait for a connection, TLS included: enough for the far side of the world, twice.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest call, so that a worker can still record what it came to.
const CALL_TIMEOUT: Duration = Duration::from_millis(PROVIDER_TIMEOUT_MS.unsigned_abs());
/// What is read of an answer, in bytes: the id of a message stands in the first few hundred.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

const USER_AGENT: &str = concat!("Paceline/", env!("CARGO_PKG_VERSION"));

/// The HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// Moves calls to WAHA servers and their answers back.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    reach: Reach,
}

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing was written to the server.
    NotSent(HoldReason, &'static str),
    /// The server may have the request.
    AnswerLost(&'static str),
}

impl Failure {
    /// What it means for the message and its session.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::NotSent(reason, why) => {
                Outcome::SessionTrouble { reason, detail: format!("{why}."), hold_ms: None }
            }
            Self::AnswerLost(why) => Outcome::Unknown(why.to_owned()),
        }
    }
}

impl Client {
    /// A client that writes each request once, to the server it was meant for, on a connection of its own.
    ///
    /// - Connections are not kept: a server that closes an idle one while a request is on its way leaves an unknown
    ///   outcome, thus a failed message. Sessions rest for seconds between sends, Node closes idle connections after
    ///   five, and a frozen Lambda notices too late; a handshake per message is cheaper than one message lost.
    /// - Nothing is retried below the dispatcher, who owns all retries.
    /// - Redirects are not followed, and no proxy is taken from the environment: either would carry the API key to
    ///   where nobody said.
    /// - Root certificates are the system's, which the runtime keeps up to date, and which `SSL_CERT_FILE` can extend
    ///   by a private one.
    pub(super) fn new(reach: Reach) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_proxy()
            .https_only(reach == Reach::PublicHttps)
            .build()?;
        Ok(Self { http, reach })
    }

    /// Makes a call.
    pub(super) async fn post(&self, to: WahaSession<'_>, call: Call) -> Result<Answer, Failure> {
        let url = self.address(to.base_url, call.path)?;
        let key = header(to.api_key)?;
        let request = self.http.post(url).header("X-Api-Key", key);
        let request = request.header(CONTENT_TYPE, "application/json").body(call.body);
        match request.send().await {
            Ok(response) => Ok(read(response, to.api_key).await),
            Err(error) => Err(failure(&error)),
        }
    }

    fn address(&self, base_url: &str, path: &str) -> Result<Url, Failure> {
        let unreachable = |why| Failure::NotSent(HoldReason::ProviderUnreachable, why);
        let mut url = Url::parse(base_url).map_err(|_| unreachable("The session's baseUrl is not a URL"))?;
        if !self.reach.allows(&url) {
            return Err(unreachable("The session's baseUrl is not a public https address"));
        }
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }
}

fn header(api_key: &Secret) -> Result<HeaderValue, Failure> {
    let why = "The session's API key holds characters that no API key has";
    let mut key = HeaderValue::from_str(api_key.expose())
        .map_err(|_| Failure::NotSent(HoldReason::CredentialsRefused, why))?;
    key.set_sensitive(true);
    Ok(key)
}

/// Reads an answer, as far as it comes and is of use: its status already tells what became of the message.
async fn read(mut response: Response, secret: &Secret) -> Answer {
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Answer::new(response.status().as_u16(), retry_after, &body, secret)
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() {
        Failure::NotSent(HoldReason::ProviderUnreachable, no_connection(error))
    } else if error.is_timeout() {
        Failure::AnswerLost("The WAHA server did not answer in time")
    } else {
        Failure::AnswerLost("The connection to the WAHA server broke before it answered")
    }
}

/// Why there is no connection. Only words for people depend on it, so the causes' texts will do.
fn no_connection(error: &reqwest::Error) -> &'static str {
    let causes = causes(error);
    if error.is_timeout() {
        "The WAHA server does not accept connections in time"
    } else if causes.contains("dns error") {
        "The name of the WAHA server cannot be resolved"
    } else if causes.contains("refused") {
        "The WAHA server refuses connections"
    } else if causes.contains("certificate") {
        "The TLS certificate of the WAHA server is not valid"
    } else {
        "The WAHA server cannot be reached"
    }
}

fn causes(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&cause.to_string().to_ascii_lowercase());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(reach: Reach, base_url: &str) -> Result<String, Failure> {
        let client = Client::new(reach).unwrap();
        client.address(base_url, "/api/sendText").map(|url| url.to_string())
    }

    #[test]
    fn the_path_goes_below_the_servers_address() {
        for (base_url, url) in [
            ("https://waha.example.com", "https://waha.example.com/api/sendText"),
            ("https://waha.example.com/", "https://waha.example.com/api/sendText"),
            ("https://example.com/waha/", "https://example.com/waha/api/sendText"),
            ("https://example.com/a?b=c#d", "https://example.com/a/api/sendText"),
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
        let failure = header(&Secret::new("a\nb".to_owned())).unwrap_err();
        assert!(matches!(failure, Failure::NotSent(HoldReason::CredentialsRefused, _)));
        assert!(header(&Secret::new("key".to_owned())).unwrap().is_sensitive());
    }
}
