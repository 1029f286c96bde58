//! `GET /openapi.json` and `GET /docs`: the contract, for programs and for people.
//!
//! The document is made from what the handlers use: the types of answers, the parsers of requests, limits, states and
//! error codes. Every answer of the tests of the whole system is held against it.

#![allow(async_fn_in_trait)]

mod answers;
mod document;
mod operation;
mod operations;
mod page;
mod requests;

use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::Value;
use shared::http::{ApiRequest, ApiResponse, Problem, PublicFront, StatusCode};
use shared::ports::{Clock, CountRequests};

pub use document::document;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<L, C> {
    /// What every request passes first.
    pub front: PublicFront<L>,
    /// Time.
    pub clock: C,
}

/// Shows the contract: as a page under `/docs`, else as the document itself.
pub async fn handle<L, C>(deps: &Deps<L, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    L: CountRequests,
    C: Clock,
{
    deps.front.admit(&request, deps.clock.now()).await?;
    let document = document();
    if request.path.ends_with("/docs") {
        Ok(page(&document))
    } else {
        Ok(ApiResponse::json(StatusCode::OK, &document))
    }
}

/// The page needs its own style, and nothing else.
fn page(document: &Value) -> ApiResponse {
    let mut response = ApiResponse::text(&page::html(document));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
