//! What the providers understand. Nothing else passes.

mod cloud_api;
mod waha;

use http::request::Parts;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::script::Engine;

/// The provider whose API a call uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// WAHA's: it lies below `/api`.
    Waha,
    /// Meta's: everything else.
    CloudApi,
}

/// What a call names.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) session: Option<String>,
    pub(crate) chat_id: Option<String>,
    pub(crate) text: Option<String>,
}

/// Why a provider would not even try, and the status with which it says so.
pub(crate) type Refusal = (u16, String);

impl Protocol {
    /// Decides by the path; this also works for an address that has a path of its own.
    pub(crate) fn of(path: &str) -> Self {
        if cloud_api::is_path(path) { Self::CloudApi } else { Self::Waha }
    }

    /// What a call names, as far as it can be read.
    pub(crate) fn named(self, parts: &Parts, body: &Value) -> Named {
        match self {
            Self::Waha => waha::named(parts, body),
            Self::CloudApi => cloud_api::named(parts.uri.path(), body),
        }
    }

    /// Whether a call sends a message; others only ask, or show typing.
    pub(crate) fn is_send(self, path: &str) -> bool {
        self == Self::CloudApi || waha::is_send(path)
    }

    /// Why a call is refused; none when it is what the provider speaks.
    pub(crate) fn refusal(self, key: &str, parts: &Parts, body: Option<&Value>) -> Option<Refusal> {
        let header = |name: &str| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let (given, wanted) = match self {
            Self::Waha => (header("x-api-key"), key.to_owned()),
            Self::CloudApi => (header(header::AUTHORIZATION.as_str()), format!("Bearer {key}")),
        };
        if given != Some(&wanted) {
            return Some((401, "Unauthorized".to_owned()));
        }
        if self == Self::Waha && waha::is_question(parts) {
            return waha::question_fault(parts).map(|fault| (400, fault));
        }
        let is_path = self == Self::CloudApi || waha::is_path(parts.uri.path());
        if parts.method != Method::POST || !is_path || parts.uri.query().is_some() {
            return Some((404, format!("Cannot {} {}", parts.method, parts.uri)));
        }
        if header(header::CONTENT_TYPE.as_str()) != Some("application/json") {
            return Some((415, "the body must be application/json".to_owned()));
        }
        let Some(body) = body else { return Some((400, "the body is not JSON".to_owned())) };
        match self {
            Self::Waha => waha::fault(parts.uri.path(), body).map(|fault| (422, fault)),
            Self::CloudApi => cloud_api::fault(body).map(|fault| (400, fault)),
        }
    }

    /// A refusal, as the provider words it.
    pub(crate) fn refused(self, status: u16, why: &str) -> Value {
        match self {
            Self::Waha => json!({ "message": why, "statusCode": status }),
            Self::CloudApi => cloud_api::error(if status == 401 { 190 } else { 100 }, why, None),
        }
    }

    /// The id of a message that was taken: the caller's, where it may choose; otherwise one that is new.
    pub(crate) fn message_id(self, engine: Engine, body: &Value, new: String) -> String {
        match (self, engine) {
            (Self::CloudApi, _) => format!("wamid.{new}"),
            (Self::Waha, Engine::Noweb | Engine::Gows | Engine::GowsData) => {
                body["id"].as_str().map_or(new, str::to_owned)
            }
            (Self::Waha, Engine::Webjs | Engine::Silent) => new,
        }
    }

    /// The status and body of an answer to a message that was taken; no body where the engine says nothing.
    pub(crate) fn accepted(self, engine: Engine, chat_id: &str, message_id: &str) -> (u16, Option<Value>) {
        match self {
            Self::Waha => (201, waha::accepted(engine, chat_id, message_id)),
            Self::CloudApi => (200, Some(cloud_api::accepted(chat_id, message_id, None))),
        }
    }
}

/// The answer to a message that Meta has taken, and keeps back for now.
pub(crate) fn kept(chat_id: &str, message_id: &str, status: &str) -> Value {
    cloud_api::accepted(chat_id, message_id, Some(status))
}

/// An error of Meta's.
pub(crate) fn meta_error(code: i64, is_transient: Option<bool>) -> Value {
    cloud_api::error(code, "Its own words.", is_transient)
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
