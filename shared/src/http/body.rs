//! Bodies in JSON.

use domain::limits::{BODY_MAX_BYTES, JSON_PARTS_MAX};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;

/// The body of a request as JSON. One with more parts than any request has is refused before it is read: it would take a
/// hundred times its size in memory.
pub fn json_body(request: &ApiRequest) -> Result<Value, Problem> {
    check(request)?;
    let parts = request.body.iter().filter(|byte| matches!(byte, b'[' | b'{' | b',')).count();
    if parts > JSON_PARTS_MAX {
        let detail =
            format!("The body has {parts} parts; no request of this kind has more than {JSON_PARTS_MAX}.");
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    read(request)
}

/// The body of a request that holds a long list, as JSON.
pub fn json_list_body(request: &ApiRequest) -> Result<Value, Problem> {
    check(request)?;
    read(request)
}

/// Whether it says that it is JSON, and is not too large.
fn check(request: &ApiRequest) -> Result<(), Problem> {
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
    Ok(())
}

fn read(request: &ApiRequest) -> Result<Value, Problem> {
    serde_json::from_slice(&request.body).map_err(|error| {
        Problem::new(ErrorCode::MalformedJson, format!("The body is not JSON in UTF-8: {error}."))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn code(media_type: &'static str, body: Vec<u8>) -> ErrorCode {
        let mut request = ApiRequest { body: body.into(), ..ApiRequest::default() };
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        json_body(&request).unwrap_err().code
    }

    #[test]
    fn what_a_body_is_comes_before_how_many_parts_it_has() {
        let many = vec![b','; JSON_PARTS_MAX + 1];
        assert_eq!(code("text/plain", many.clone()), ErrorCode::UnsupportedMediaType);
        assert_eq!(code("application/json", vec![b','; BODY_MAX_BYTES + 1]), ErrorCode::BodyTooLarge);
        assert_eq!(code("application/json", many), ErrorCode::ValidationFailed);
        assert_eq!(code("application/json; charset=utf-8", b",".to_vec()), ErrorCode::MalformedJson);
    }
}
