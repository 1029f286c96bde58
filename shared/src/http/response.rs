//! An answer as the handlers make it.

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
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

    /// An answer in JSON that is text already.
    pub(crate) fn json_text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status, headers, body: body.into() }
    }

    /// A CSV file that a browser stores under this name, which has only characters that are safe in a header.
    pub fn csv_file(name: &str, content: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        Self { status: StatusCode::OK, headers, body: content.into() }
    }

    /// Success, without a body.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// What was asked for is found at this address.
    pub fn see_other(address: &str) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(address) = HeaderValue::from_str(address) {
            headers.insert(LOCATION, address);
        }
        Self { status: StatusCode::SEE_OTHER, headers, body: Bytes::new() }
    }

    /// What was asked for is at this address from now on, and is to be asked for there by the same method; `None` when the
    /// address cannot stand in a header.
    pub fn permanent_redirect(address: &str) -> Option<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(address).ok()?);
        Some(Self { status: StatusCode::PERMANENT_REDIRECT, headers, body: Bytes::new() })
    }

    /// The same, with a header more; one that cannot be written is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        if let Some(value) = value {
            self.headers.append(name, value);
        }
        self
    }

    /// An answer in plain text, which no browser takes for anything else.
    pub fn text(body: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Self { status: StatusCode::OK, headers, body: body.to_owned().into() }
    }

    /// An answer in a kind of JSON.
    pub(crate) fn typed(status: StatusCode, body: &impl Serialize, content_type: HeaderValue) -> Self {
        // Only our own types with text keys come here, and those always serialise.
        let body = serde_json::to_vec(body).unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type);
        Self { status, headers, body: body.into() }
    }
}
