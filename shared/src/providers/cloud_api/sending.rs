//! The one call.

use domain::message::Message;
use domain::providers::CloudApiSettings;
use domain::sending::attempt::Outcome;
use domain::session::{ProviderConfig, Session};
use reqwest::header::AUTHORIZATION;

use super::{classify, request};
use crate::ports::{Outgoing, Provider};
use crate::providers::http::{Call, HttpClient, Server, not_configured};

/// Where the Cloud API is, unless a session says otherwise.
const BASE_URL: &str = "https://graph.facebook.com";
/// The version that the bodies and codes here are of, unless a session asks for another. Meta serves one for two years.
const API_VERSION: &str = "v23.0";

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
    pub async fn send_from(&self, from: &CloudApiSettings, message: &Message) -> Outcome {
        let body = match request::build(message) {
            Ok(body) => body,
            Err(error) => return Outcome::Permanent(error),
        };
        let version = from.api_version.as_deref().unwrap_or(API_VERSION);
        let path = format!("/{version}/{}/messages", from.phone_number_id);
        match self.client.call(&server(from), Call::post(&path, body)).await {
            Ok(answer) => classify::outcome(&answer, message),
            Err(failure) => failure.outcome(),
        }
    }
}

impl Provider for CloudApi {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        let ProviderConfig::CloudApi(from) = &outgoing.session.provider else {
            return not_configured("the Cloud API");
        };
        self.send_from(from, outgoing.message).await
    }

    /// Meta has no idempotency key: the same body a second time is a second message.
    fn repeats_safely(&self, _session: &Session) -> bool {
        false
    }
}

fn server(from: &CloudApiSettings) -> Server<'_> {
    Server {
        name: "Cloud API",
        base_url: from.base_url.as_deref().unwrap_or(BASE_URL),
        header: AUTHORIZATION,
        scheme: "Bearer ",
        secret: &from.access_token,
    }
}
