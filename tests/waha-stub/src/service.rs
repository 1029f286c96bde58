//! What happens to a request.

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::calls::{Call, Ledger, Running};
use crate::reply::{self, Body};
use crate::script::{Engine, Reply, Script};
use crate::{clock, protocol};

/// Answers the requests of one connection.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) ledger: Ledger,
    pub(crate) api_key: String,
    pub(crate) connection: u64,
}

impl Service {
    /// Answers a request; an error closes the connection.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/_stub/calls") => Ok(self.calls()),
            (&Method::POST, "/_stub/script") => Ok(self.script(&body)),
            (&Method::POST, "/_stub/reset") => Ok(self.reset()),
            _ => self.send(&parts, &body).await,
        }
    }

    fn calls(&self) -> Response<Body> {
        reply::json(200, &json!({ "calls": self.ledger.calls(), "connections": self.ledger.connections() }))
    }

    fn script(&self, body: &[u8]) -> Response<Body> {
        match serde_json::from_slice::<Script>(body) {
            Ok(script) => {
                self.ledger.set_script(script);
                reply::json(200, &json!({}))
            }
            Err(error) => reply::json(422, &json!({ "message": error.to_string() })),
        }
    }

    fn reset(&self) -> Response<Body> {
        self.ledger.reset();
        reply::json(200, &json!({}))
    }

    async fn send(&self, parts: &http::request::Parts, body: &Bytes) -> io::Result<Response<Body>> {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let running = self.ledger.begin(self.record(parts, json.clone().unwrap_or_default()));
        match self.refusal(parts, json.as_ref()) {
            Some((status, why)) => {
                running.note(|call| call.refused = Some(why.clone()));
                Ok(reply::json(status, &json!({ "message": why, "statusCode": status })))
            }
            None => self.scripted(&running, &json.unwrap_or_default()).await,
        }
    }

    fn record(&self, parts: &http::request::Parts, body: Value) -> Call {
        let field = |name: &str| body[name].as_str().map(str::to_owned);
        Call {
            connection: self.connection,
            path: parts.uri.to_string(),
            session: field("session"),
            chat_id: field("chatId"),
            text: field("text"),
            body,
            ..Call::default()
        }
    }

    /// Why WAHA would not even try, and the status with which it says so.
    fn refusal(&self, parts: &http::request::Parts, body: Option<&Value>) -> Option<(u16, String)> {
        let value = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let path = parts.uri.path();
        if value("x-api-key") != Some(&self.api_key) {
            return Some((401, "Unauthorized".to_owned()));
        }
        if parts.method != Method::POST || !protocol::is_path(path) || parts.uri.query().is_some() {
            return Some((404, format!("Cannot {} {}", parts.method, parts.uri)));
        }
        if value(header::CONTENT_TYPE.as_str()) != Some("application/json") {
            return Some((415, "the body must be application/json".to_owned()));
        }
        let Some(body) = body else { return Some((400, "the body is not JSON".to_owned())) };
        let fault = protocol::fault(path, body).map(|fault| (422, fault));
        fault.or_else(|| self.unknown_session(body["session"].as_str().unwrap_or_default()))
    }

    fn unknown_session(&self, session: &str) -> Option<(u16, String)> {
        let is_known = self.ledger.script().knows(session);
        (!is_known).then(|| (404, format!("We didn't find a session with name '{session}'.")))
    }

    async fn scripted(&self, running: &Running, body: &Value) -> io::Result<Response<Body>> {
        let chat_id = body["chatId"].as_str().unwrap_or_default();
        let script = self.ledger.script();
        let reply = self.ledger.reply(chat_id);
        running.note(|call| call.reply = Some(reply.clone()));
        clock::sleep_ms(script.latency_ms).await;
        Ok(match reply {
            Reply::NotWorking { status, wait_ms } => not_working(body, &status, wait_ms).await,
            Reply::Exception { message } => exception(&message),
            Reply::Status { status, body, retry_after, location } => {
                let headers = [(header::RETRY_AFTER, retry_after), (header::LOCATION, location)];
                with_headers(reply::raw(status, body), headers)
            }
            Reply::Hang => std::future::pending().await,
            Reply::Close => return Err(io::Error::other("the script closes the connection")),
            success => taken(&success, script.engine, chat_id, &self.message_id(running)),
        })
    }

    /// A new id, which the record of the call keeps.
    fn message_id(&self, running: &Running) -> String {
        let id = self.ledger.new_message_id();
        running.note(|call| call.message_id = Some(id.clone()));
        id
    }
}

/// The answer to a message that was taken, told or not.
fn taken(reply: &Reply, engine: Engine, chat_id: &str, message_id: &str) -> Response<Body> {
    match reply {
        Reply::EmptyBody => reply::raw(201, ""),
        Reply::LongBody { bytes } => reply::long(chat_id, message_id, *bytes),
        Reply::TruncatedBody => reply::truncated(),
        Reply::HangingBody => reply::hanging(),
        _ => reply::accepted(engine, chat_id, message_id),
    }
}

async fn not_working(body: &Value, status: &str, wait_ms: u64) -> Response<Body> {
    clock::sleep_ms(wait_ms).await;
    let error = "Session status is not as expected. Try again later or restart the session";
    let body =
        json!({ "error": error, "session": body["session"], "status": status, "expected": ["WORKING"] });
    reply::json(422, &body)
}

fn exception(message: &str) -> Response<Body> {
    reply::json(500, &json!({ "statusCode": 500, "exception": { "message": message, "name": "Error" } }))
}

fn with_headers(
    mut response: Response<Body>,
    headers: [(header::HeaderName, Option<String>); 2],
) -> Response<Body> {
    for (name, value) in headers {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
