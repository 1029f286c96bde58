//! An answer as the handlers make it.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl ApiResponse {
    /// An answer in JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self::typed(status, body, HeaderValue::from_static("application/json"))
    }

    /// An answer in a kind of JSON.
    pub(crate) fn typed(status: StatusCode, body: &impl Serialize, content_type: HeaderValue) -> Self {
        // Only our own types with text keys come here, and those always serialise.
        let body = serde_json::to_vec(body).unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body: body.into() }
    }
}
