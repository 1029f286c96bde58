//! An answer as the handlers make it.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS};
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

    /// A CSV file that a browser stores under this name, which has only characters that are safe in a header.
    pub fn csv_file(name: &str, content: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        Self { status: StatusCode::OK, headers, body: content.into() }
    }

    /// It is done, and there is nothing to say.
    pub fn no_content() -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status: StatusCode::NO_CONTENT, headers, body: Bytes::new() }
    }

    /// What was asked for is found at this address.
    pub fn see_other(address: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(address) = HeaderValue::from_str(address) {
            headers.insert(LOCATION, address);
        }
        Self { status: StatusCode::SEE_OTHER, headers, body: Bytes::new() }
    }

    /// An answer in plain text, which no browser takes for anything else.
    pub fn text(body: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status: StatusCode::OK, headers, body: body.to_owned().into() }
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
