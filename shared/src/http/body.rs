//! Bodies in JSON.

use domain::limits::{BODY_MAX_BYTES, JSON_PARTS_MAX};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;

/// The body of a request as JSON. One with more parts than any request has is refused before it is read: it would take a
/// hundred times its size in memory.
pub fn json_body(request: &ApiRequest) -> Result<Value, Problem> {
    let parts = request.body.iter().filter(|byte| matches!(byte, b'[' | b'{' | b',')).count();
    if parts > JSON_PARTS_MAX {
        let detail =
            format!("The body has {parts} parts; no request of this kind has more than {JSON_PARTS_MAX}.");
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    json_list_body(request)
}

/// The body of a request that holds a long list, as JSON.
pub fn json_list_body(request: &ApiRequest) -> Result<Value, Problem> {
    let media_type = request.header(&CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "Send the body as JSON, with the header content-type: application/json.";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
    }
    if request.body.len() > BODY_MAX_BYTES {
        let detail =
            format!("The body may have at most {BODY_MAX_BYTES} bytes; this one has {}.", request.body.len());
        return Err(Problem::new(ErrorCode::BodyTooLarge, detail));
    }
    serde_json::from_slice(&request.body).map_err(|error| {
        Problem::new(ErrorCode::MalformedJson, format!("The body is not JSON in UTF-8: {error}."))
    })
}
