//! A request as the handlers see it.

use std::collections::BTreeMap;

use bytes::Bytes;
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
}

impl ApiRequest {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
