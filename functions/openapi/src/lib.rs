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
use http::header::CONTENT_TYPE;
use shared::http::{ApiRequest, ApiResponse, Problem, StatusCode};

pub use document::document;

/// Shows the contract: as a page under `/docs`, else as the document itself.
pub fn handle(request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let document = document();
    if !request.path.ends_with("/docs") {
        return Ok(ApiResponse::json(StatusCode::OK, &document));
    }
    let mut response = ApiResponse::text(&page::html(&document));
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}
