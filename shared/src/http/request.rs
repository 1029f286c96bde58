//! A request as the handlers see it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::rate_limit::Usage;
use http::{HeaderMap, HeaderName, Method};

/// A request that came through the API Gateway.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// Its method.
    pub method: Method,
    /// Its path, without the stage.
    pub path: String,
    /// What the route's `{…}` stand for.
    pub path_parameters: BTreeMap<String, String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decoded.
    pub body: Bytes,
    /// The client's address as the API Gateway saw it; no header can change it.
    pub source_ip: String,
    /// The API Gateway's id of it, which every answer bears.
    pub request_id: String,
    /// What its client has used of its limit, once that is counted; every answer says so.
    pub usage: Arc<OnceLock<Usage>>,
}

impl ApiRequest {
    /// Keeps what was counted for the answer's headers; a request is counted once.
    pub(super) fn note_usage(&self, usage: Usage) {
        self.usage.get_or_init(|| usage);
    }

    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
