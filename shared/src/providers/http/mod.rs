//! The HTTP client of all providers that speak HTTP: one way out, one way to read what comes back.
//!
//! `resolver` lets names lead to nothing but allowed addresses, `answer` holds what a server said, `status` says what an
//! answer means that speaks by its status alone. What a provider's own words mean is the provider's file.

mod answer;
mod failure;
mod resolver;
mod status;

use std::sync::Arc;
use std::time::Duration;

use domain::session::Secret;
use domain::tuning::PROVIDER_TIMEOUT_MS;
use domain::values::reach::Reach;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, Url, redirect, retry};

pub(super) use answer::Answer;
pub(super) use failure::Failure;
pub(super) use status::{by_status, held, leads_elsewhere, not_configured, transient};

use resolver::{Guarded, Lookup, SystemLookup};

/// Longest wait for a connection, TLS included: enough for the far side of the world, twice.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// What is read of an answer, in bytes: the id of a message stands in the first few hundred.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

const USER_AGENT: &str = concat!("Paceline/", env!("CARGO_PKG_VERSION"));

/// The HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// Moves calls to providers' servers and their answers back. Copies share what it is made of.
#[derive(Clone, Debug)]
pub struct HttpClient {
    http: reqwest::Client,
    reach: Reach,
}

/// The server of a session.
pub(super) struct Server<'a> {
    /// What people call it, such as `WAHA server`.
    pub(super) name: &'static str,
    /// Its address; may have a path.
    pub(super) base_url: &'a str,
    /// The header that has the secret.
    pub(super) header: HeaderName,
    /// What stands before the secret in that header.
    pub(super) scheme: &'static str,
    /// What lets us in; never in an outcome.
    pub(super) secret: &'a Secret,
}

/// A call, apart from the server it goes to.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The path below the server's address.
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    /// The JSON body.
    pub(super) body: Option<Vec<u8>>,
    /// Longest wait for the answer, in milliseconds.
    pub(super) limit_ms: i64,
}

impl<'a> Call<'a> {
    /// A `POST` of a JSON body that may take as long as a provider call may.
    pub(super) const fn post(path: &'a str, body: Vec<u8>) -> Self {
        Self { method: Method::POST, path, query: &[], body: Some(body), limit_ms: PROVIDER_TIMEOUT_MS }
    }
}

impl HttpClient {
    /// A client that writes each request once, to the server it was meant for, on a connection of its own.
    ///
    /// - Connections are not kept: a server that closes an idle one while a request is on its way leaves an unknown
    ///   outcome, and so a failed message. Sessions rest for seconds between sends, Node closes idle connections after
    ///   five, and a frozen Lambda notices too late; a handshake per message is cheaper than one message lost.
    /// - Nothing is retried below the dispatcher, who owns all retries.
    /// - Redirects are not followed, and no proxy is taken from the environment: either would carry the secret to
    ///   where nobody said.
    /// - A name is resolved once for each connection, and the addresses that are checked are those that are connected to.
    /// - Root certificates are the system's, which the runtime keeps up to date, and which `SSL_CERT_FILE` can extend
    ///   by a private one.
    ///
    /// # Errors
    /// When it cannot be built, as on a machine without root certificates.
    pub fn new(reach: Reach) -> Result<Self, ClientError> {
        Self::with_lookup(reach, SystemLookup)
    }

    /// The same, with another way to resolve names.
    fn with_lookup(reach: Reach, lookup: impl Lookup) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_proxy()
            .https_only(reach == Reach::PublicHttps)
            .dns_resolver(Arc::new(Guarded::new(reach, lookup)))
            .build()?;
        Ok(Self { http, reach })
    }

    /// Makes a call.
    pub(super) async fn call(&self, server: &Server<'_>, call: Call<'_>) -> Result<Answer, Failure> {
        let url = self.address(server, &call)?;
        let mut headers = HeaderMap::new();
        headers.insert(server.header.clone(), secret_header(server)?);
        let limit = Duration::from_millis(call.limit_ms.max(0).unsigned_abs());
        let mut request = self.http.request(call.method, url).headers(headers).timeout(limit);
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        match request.send().await {
            Ok(response) => Ok(read(response, server).await),
            Err(error) => Err(Failure::of(&error, server.name)),
        }
    }

    fn address(&self, server: &Server<'_>, call: &Call<'_>) -> Result<Url, Failure> {
        let mut url = self.reach.check(server.base_url).map_err(Failure::out_of_reach)?;
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        Ok(url)
    }
}

fn secret_header(server: &Server<'_>) -> Result<HeaderValue, Failure> {
    let text = format!("{}{}", server.scheme, server.secret.expose());
    let mut value = HeaderValue::try_from(text).map_err(|_| Failure::no_header())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads an answer, as far as it comes and is of use: its status already shows what became of the message.
async fn read(mut response: Response, server: &Server<'_>) -> Answer {
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Answer::new(server.name, response.status().as_u16(), retry_after, &body, server.secret)
}

#[cfg(test)]
mod tests;
