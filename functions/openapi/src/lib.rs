//! `GET /openapi.json` and `GET /docs`: the contract, for programs and for people.
//!
//! The document is made from the limits, states and error codes that the handlers use. What answers hold is written here
//! once more; every answer of the tests of the whole system is held against it.

mod answers;
mod document;
mod operation;
mod operations;
mod page;
mod requests;

use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::Value;
use shared::http::{Access, Answer, ApiResponse, Endpoint, Problem, PublicCall, StatusCode};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};

pub use document::document;

/// The contract, for programs.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "About the API",
    summary: "This document",
    access: Access::Public,
    answers: &[Answer::json(200, "The document.", "object")],
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

/// Shows the contract: as a page under `/docs`, else as the document itself.
pub async fn handle(call: PublicCall) -> Result<ApiResponse, Problem> {
    let document = document();
    if call.request.path.ends_with("/docs") {
        Ok(page(&document))
    } else {
        Ok(ApiResponse::json(StatusCode::OK, &document))
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    serve_public(&stack, &ENDPOINT, handle).await
}

/// The page needs its own style, and nothing else.
fn page(document: &Value) -> ApiResponse {
    let mut response = ApiResponse::text(&page::html(document));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
