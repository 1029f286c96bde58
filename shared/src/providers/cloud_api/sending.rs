//! The one call.

use domain::message::Message;
use domain::sending::attempt::Outcome;
use domain::session::{ProviderConfig, Secret, Session};
use reqwest::header::AUTHORIZATION;

use super::{classify, request};
use crate::ports::{Outgoing, Provider};
use crate::providers::http::{Call, HttpClient, Server, not_configured};

/// Where the Cloud API is, unless a session says otherwise.
const BASE_URL: &str = "https://graph.facebook.com";
/// The version that the bodies and codes here are of, unless a session asks for another. Meta serves one for two years.
const API_VERSION: &str = "v23.0";

/// How to reach a phone number of the Cloud API.
#[derive(Clone, Copy, Debug)]
pub struct CloudApiNumber<'a> {
    /// Meta's id of the number.
    pub phone_number_id: &'a str,
    /// Goes into `Authorization`.
    pub access_token: &'a Secret,
    /// Version of the API; without one, ours.
    pub api_version: Option<&'a str>,
    /// Where the API is; without it, at Meta.
    pub base_url: Option<&'a str>,
}

impl<'a> CloudApiNumber<'a> {
    /// That of a configuration; none when it is another provider's.
    fn of(provider: &'a ProviderConfig) -> Option<Self> {
        match provider {
            ProviderConfig::CloudApi { phone_number_id, access_token, api_version, base_url, .. } => {
                Some(Self {
                    phone_number_id,
                    access_token,
                    api_version: api_version.as_deref(),
                    base_url: base_url.as_deref(),
                })
            }
            ProviderConfig::Sandbox | ProviderConfig::Waha { .. } => None,
        }
    }
}

/// Sends through the Cloud API.
#[derive(Debug)]
pub struct CloudApi {
    client: HttpClient,
}

impl CloudApi {
    /// Sends by this client.
    #[must_use]
    pub const fn new(client: HttpClient) -> Self {
        Self { client }
    }

    /// Makes one call, and says what it came to.
    pub async fn send_from(&self, from: CloudApiNumber<'_>, message: &Message) -> Outcome {
        let body = match request::build(message) {
            Ok(body) => body,
            Err(error) => return Outcome::Permanent(error),
        };
        let path = format!("/{}/{}/messages", from.api_version.unwrap_or(API_VERSION), from.phone_number_id);
        match self.client.call(&server(&from), Call::post(&path, body)).await {
            Ok(answer) => classify::outcome(&answer, message),
            Err(failure) => failure.outcome(),
        }
    }
}

impl Provider for CloudApi {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        match CloudApiNumber::of(&outgoing.session.provider) {
            Some(from) => self.send_from(from, outgoing.message).await,
            None => not_configured("the Cloud API"),
        }
    }

    /// Meta has no idempotency key: the same body a second time is a second message.
    fn repeats_safely(&self, _session: &Session) -> bool {
        false
    }
}

fn server<'a>(from: &CloudApiNumber<'a>) -> Server<'a> {
    Server {
        name: "Cloud API",
        base_url: from.base_url.unwrap_or(BASE_URL),
        header: AUTHORIZATION,
        scheme: "Bearer ",
        secret: from.access_token,
    }
}
