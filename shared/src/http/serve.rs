//! What surrounds every handler: one log line, a request id, and a problem document for every refusal.

use std::future::Future;
use std::sync::Arc;

use domain::access::rate_limit::Usage;
use domain::values::time::Timestamp;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use super::problem::Problem;
use super::request::ApiRequest;
use super::response::ApiResponse;
use crate::ports::Clock;

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Security headers of every answer: browsers must not guess its type, cache it, show it in a frame, load anything for it, send
/// a referrer, or use plain HTTP. A handler may set others.
const FOR_BROWSERS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "no-store"),
    (X_FRAME_OPTIONS, "DENY"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
];

/// Runs a handler and answers in every case.
pub async fn serve<F, R>(request: ApiRequest, clock: &impl Clock, handler: F) -> ApiResponse
where
    F: FnOnce(Arc<ApiRequest>) -> R,
    R: Future<Output = Result<ApiResponse, Problem>>,
{
    let request = Arc::new(request);
    let ApiRequest { method, path, request_id, usage, .. } = &*request;
    let mut response = match handler(Arc::clone(&request)).await {
        Ok(response) => {
            tracing::info!(%method, path, request_id, status = response.status.as_u16(), "answered a request");
            response
        }
        Err(problem) => {
            log_refusal(&problem, method.as_str(), path, request_id);
            problem.into_response()
        }
    };
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers.insert(X_REQUEST_ID, value);
    }
    for (name, value) in FOR_BROWSERS {
        response.headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(usage) = usage.get() {
        add_limit_headers(&mut response, *usage, clock.now());
    }
    response
}

/// `RateLimit-Limit`, `-Remaining` and `-Reset`; a refused caller is also told when to try again.
fn add_limit_headers(response: &mut ApiResponse, usage: Usage, now: Timestamp) {
    let headers = &mut response.headers;
    headers.insert(RATELIMIT_LIMIT, usage.limit.into());
    headers.insert(RATELIMIT_REMAINING, usage.remaining().into());
    headers.insert(RATELIMIT_RESET, usage.reset_seconds(now).into());
    if !usage.passes() {
        headers.insert(RETRY_AFTER, usage.reset_seconds(now).into());
    }
}

fn log_refusal(problem: &Problem, method: &str, path: &str, request_id: &str) {
    let (status, code) = (problem.code.status().as_u16(), problem.code.name());
    if let Some(cause) = &problem.cause {
        tracing::error!(method, path, request_id, status, code, cause, "a request failed");
    } else {
        tracing::info!(method, path, request_id, status, code, "refused a request");
    }
}
