//! The answers, as they go over the wire.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::Value;

use crate::clock;

/// A body, whole or one that breaks or never ends.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Any status with any body.
pub(crate) fn raw(status: u16, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// Any status with JSON.
pub(crate) fn json(status: u16, body: &Value) -> Response<Body> {
    let mut response = raw(status, body.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// JSON with a text of this many bytes before all else.
pub(crate) fn long(status: u16, body: &Value, bytes: usize) -> Response<Body> {
    let (text, rest) = ("x".repeat(bytes), body.to_string());
    raw(status, format!(r#"{{"body":"{text}",{}"#, &rest[1..]))
}

/// Success with a body of which only the beginning comes, before the connection breaks.
pub(crate) fn truncated() -> Response<Body> {
    // After a moment, since the server would otherwise not even send what comes before.
    let end = stream::once(async {
        clock::sleep_ms(20).await;
        Err(io::Error::other("the script breaks the connection"))
    });
    streamed(stream::iter([Ok(beginning())]).chain(end))
}

/// Success with a body of which only the beginning comes.
pub(crate) fn hanging() -> Response<Body> {
    streamed(stream::iter([Ok(beginning())]).chain(stream::pending()))
}

fn beginning() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(br#"{"id":"true_1"#))
}

fn streamed(frames: impl stream::Stream<Item = io::Result<Frame<Bytes>>> + Send + 'static) -> Response<Body> {
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    *response.status_mut() = StatusCode::CREATED;
    response
}
