//! The bodies of requests, read as their endpoint declares them.

use domain::bulk::json::parse_body;
use domain::limits::{BODY_MAX_BYTES, JSON_PARTS_MAX};
use domain::values::json;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::endpoint::{BodyKind, Endpoint};
use super::multipart::{CsvForm, csv_form};
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::ports::PortError;

/// What the body of a request is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The endpoint takes none.
    Nothing,
    /// JSON.
    Json(Value),
    /// A form with a file in it.
    Form(CsvForm),
}

impl Content {
    /// Reads the body of a request, or says why it is refused.
    pub async fn read(endpoint: &Endpoint, request: &ApiRequest) -> Result<Self, Problem> {
        match endpoint.body.map(|body| body.kind) {
            None | Some(BodyKind::Raw) => Ok(Self::Nothing),
            Some(BodyKind::Json) => json_body(request).map(Self::Json),
            Some(BodyKind::JsonList) => json_list_body(request).map(Self::Json),
            Some(BodyKind::Form) => csv_form(request).await.map(Self::Form),
        }
    }
}

impl Content {
    /// The body as JSON; `null` where the endpoint takes none.
    pub const fn json(&self) -> &Value {
        match self {
            Self::Json(value) => value,
            Self::Nothing | Self::Form(_) => &Value::Null,
        }
    }

    /// The body as a form.
    ///
    /// # Errors
    /// When the endpoint does not declare one.
    pub fn form(self) -> Result<CsvForm, Problem> {
        match self {
            Self::Form(form) => Ok(form),
            Self::Nothing | Self::Json(_) => {
                Err(PortError::new("http.form", "the endpoint declares no form").into())
            }
        }
    }
}

/// JSON with few parts. One with more than any request has is refused before it is read: it would take a hundred times its size
/// in memory.
fn json_body(request: &ApiRequest) -> Result<Value, Problem> {
    check(request)?;
    let parts = request.body.iter().filter(|byte| matches!(byte, b'[' | b'{' | b',')).count();
    if parts > JSON_PARTS_MAX {
        let detail =
            format!("The body has {parts} parts; no request of this kind has more than {JSON_PARTS_MAX}.");
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    json::parse(&request.body).map_err(|error| no_json(&error))
}

/// JSON with a long list of recipients in it.
fn json_list_body(request: &ApiRequest) -> Result<Value, Problem> {
    check(request)?;
    parse_body(&request.body).map_err(|error| no_json(&error))
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

fn no_json(error: &serde_json::Error) -> Problem {
    Problem::new(ErrorCode::MalformedJson, format!("The body is not JSON in UTF-8: {error}."))
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
