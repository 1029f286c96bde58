//! `GET /openapi.json` and `GET /docs`: the contract, for programs and for people.
//!
//! The document is checked in. It is made from what the handlers use: the endpoints' declarations, the types of answers, the
//! parsers of requests, limits, states and error codes (`make document`). Every answer of the tests of the whole system is
//! compared with it.

mod page;

#[cfg(feature = "lambda")]
use std::future::ready;
use std::sync::LazyLock;

use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::{Map, Value};
use shared::http::{Access, Answer, ApiResponse, Endpoint, PublicCall, StatusCode};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};
use shared::world::Needs;

/// The document; a test compares it with the code.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../openapi.json")).unwrap_or_default());

/// The contract, for programs.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "About the API",
    summary: "This document",
    access: Access::Public,
    answers: &[Answer::json::<Map<String, Value>>(200, "The document.")],
    ..Endpoint::get("/openapi.json", "openapi")
};

/// The contract, for people.
pub const DOCS: Endpoint = Endpoint {
    tag: "About the API",
    summary: "This document, for people",
    access: Access::Public,
    answers: &[Answer::text(200, "A page.", "text/html")],
    ..Endpoint::get("/docs", "docs")
};

/// The ports and settings that the function needs.
pub const NEEDS: Needs = Needs::NOTHING;

/// Shows the contract: as a page under `/docs`, else as the document itself.
pub fn handle(call: &PublicCall) -> ApiResponse {
    if call.request.path.ends_with("/docs") {
        page(&DOCUMENT)
    } else {
        ApiResponse::json(StatusCode::OK, &*DOCUMENT)
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    serve_public(&stack, &ENDPOINT, |call| ready(Ok(handle(&call)))).await
}

/// The page needs its own style, and nothing else.
fn page(document: &Value) -> ApiResponse {
    let mut response = ApiResponse::text(&page::html(document));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
