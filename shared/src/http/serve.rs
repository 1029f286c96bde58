//! What surrounds every handler: one log line, a request id, and a problem document for every refusal.

use std::future::Future;

use http::{HeaderName, HeaderValue};

use super::problem::Problem;
use super::request::ApiRequest;
use super::response::ApiResponse;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a handler and answers in every case.
pub async fn serve<F, R>(request: ApiRequest, handler: F) -> ApiResponse
where
    F: FnOnce(ApiRequest) -> R,
    R: Future<Output = Result<ApiResponse, Problem>>,
{
    let (method, path) = (request.method.clone(), request.path.clone());
    let request_id = request.request_id.clone();
    let mut response = match handler(request).await {
        Ok(response) => {
            tracing::info!(%method, path, request_id, status = response.status.as_u16(), "answered a request");
            response
        }
        Err(problem) => {
            log_refusal(&problem, method.as_str(), &path, &request_id);
            problem.into_response()
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers.insert(X_REQUEST_ID, value);
    }
    response
}

fn log_refusal(problem: &Problem, method: &str, path: &str, request_id: &str) {
    let (status, code) = (problem.code.status().as_u16(), problem.code.name());
    match &problem.cause {
        Some(cause) => tracing::error!(method, path, request_id, status, code, cause, "a request failed"),
        None => tracing::info!(method, path, request_id, status, code, "refused a request"),
    }
}
