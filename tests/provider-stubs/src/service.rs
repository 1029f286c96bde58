//! What happens to a request.

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::calls::{Call, Ledger, Running};
use crate::protocol::{Named, Protocol};
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
        let protocol = Protocol::of(parts.uri.path());
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let running = self.ledger.begin(self.record(protocol, parts, json.clone().unwrap_or_default()));
        let refusal = protocol.refusal(&self.api_key, parts, json.as_ref()).or_else(|| {
            self.unknown_session(protocol.named(parts, json.as_ref().unwrap_or(&Value::Null)).session)
        });
        if let Some((status, why)) = refusal {
            running.note(|call| call.refused = Some(why.clone()));
            return Ok(reply::json(status, &protocol.refused(status, &why)));
        }
        let json = json.unwrap_or_default();
        let chat_id = protocol.named(parts, &json).chat_id.unwrap_or_default();
        let call = Served { protocol, body: &json, chat_id: &chat_id, running: &running };
        if protocol.is_send(parts.uri.path()) {
            let reply = self.ledger.reply(&chat_id);
            self.scripted(&call, reply).await
        } else {
            self.helped(&call).await
        }
    }

    fn record(&self, protocol: Protocol, parts: &http::request::Parts, body: Value) -> Call {
        let Named { session, chat_id, text } = protocol.named(parts, &body);
        let (connection, path) = (self.connection, parts.uri.to_string());
        Call { connection, path, body, session, chat_id, text, ..Call::default() }
    }

    fn unknown_session(&self, session: Option<String>) -> Option<(u16, String)> {
        let session = session.unwrap_or_default();
        let is_known = self.ledger.script().knows(&session);
        (!is_known).then(|| (404, format!("We didn't find a session with name '{session}'.")))
    }

    /// A question about a number, or a call about typing.
    async fn helped(&self, call: &Served<'_>) -> io::Result<Response<Body>> {
        let script = self.ledger.script();
        if let Some(reply) = script.helpers {
            return self.scripted(call, reply).await;
        }
        Ok(match (call.body, script.has_number(call.chat_id)) {
            (Value::Null, true) => reply::json(200, &json!({ "numberExists": true, "chatId": call.chat_id })),
            (Value::Null, false) => reply::json(200, &json!({ "numberExists": false })),
            _ => reply::json(201, &json!({ "result": true })),
        })
    }

    async fn scripted(&self, call: &Served<'_>, reply: Reply) -> io::Result<Response<Body>> {
        let script = self.ledger.script();
        call.running.note(|call| call.reply = Some(reply.clone()));
        clock::sleep_ms(script.latency_ms).await;
        Ok(match reply {
            Reply::NotWorking { status, wait_ms } => not_working(call.body, &status, wait_ms).await,
            Reply::Exception { message } => exception(&message),
            Reply::MetaError { code, status, is_transient } => {
                reply::json(status, &protocol::meta_error(code, is_transient))
            }
            Reply::Status { status, body, retry_after, location } => {
                let headers = [(header::RETRY_AFTER, retry_after), (header::LOCATION, location)];
                with_headers(reply::raw(status, body), headers)
            }
            Reply::Hang => std::future::pending().await,
            Reply::Close => return Err(io::Error::other("the script closes the connection")),
            success => taken(&success, script.engine, call, &self.message_id(script.engine, call)),
        })
    }

    /// The id of a message that is taken, which the record of the call keeps.
    fn message_id(&self, engine: Engine, call: &Served<'_>) -> String {
        let id = call.protocol.message_id(engine, call.body, self.ledger.new_message_id());
        call.running.note(|call| call.message_id = Some(id.clone()));
        id
    }
}

/// A call that was not refused.
struct Served<'a> {
    protocol: Protocol,
    body: &'a Value,
    chat_id: &'a str,
    running: &'a Running,
}

/// The answer to an accepted message: complete, damaged or missing, as the script asks.
fn taken(reply: &Reply, engine: Engine, call: &Served<'_>, message_id: &str) -> Response<Body> {
    let (status, body) = call.protocol.accepted(engine, call.chat_id, message_id);
    match (reply, body) {
        (Reply::TruncatedBody, _) => reply::truncated(),
        (Reply::HangingBody, _) => reply::hanging(),
        (Reply::EmptyBody, _) | (_, None) => reply::raw(status, ""),
        (Reply::LongBody { bytes }, Some(body)) => reply::long(status, &body, *bytes),
        (Reply::Kept { status: why }, _) => {
            reply::json(status, &protocol::kept(call.chat_id, message_id, why))
        }
        (_, Some(body)) => reply::json(status, &body),
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
