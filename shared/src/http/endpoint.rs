//! The declaration of an endpoint. The front acts by it, the contract document is made from it, and tests hold the template
//! against it.

use domain::schema::Parameter;
use serde_json::Value;

use super::problem::ErrorCode;
use super::shape::Shape;

/// One method of one path. Plain data: see [`Endpoint::get`] and its neighbours for what is usual.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Below `/api/v1`, with `{…}` for what varies.
    pub path: &'static str,
    /// The `operationId` of the contract.
    pub id: &'static str,
    /// Under which heading it is shown.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else a caller must know.
    pub detail: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Which limit its calls count towards; without one they are not counted.
    pub limit: Option<LimitKind>,
    /// Whether it takes an `Idempotency-Key`: a repeated request is then answered the same.
    pub idempotent: bool,
    /// What the query may hold, from [`schema!`](crate::schema).
    pub query: Option<fn() -> Vec<Parameter>>,
    /// What its body is.
    pub body: Option<Body>,
    /// The answers, except refusals.
    pub answers: &'static [Answer],
    /// Why a request may be refused, in addition to the refusals that follow from the other fields.
    pub refusals: &'static [ErrorCode],
}

impl Endpoint {
    /// What most endpoints have: access by a key or a token, and a limit.
    const fn usual(method: &'static str, path: &'static str, id: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            tag: "Messages",
            summary: "",
            detail: "",
            access: Access::KeyOrToken,
            limit: Some(LimitKind::Other),
            idempotent: false,
            query: None,
            body: None,
            answers: &[],
            refusals: &[],
        }
    }

    /// Reads something.
    pub const fn get(path: &'static str, id: &'static str) -> Self {
        Self::usual("GET", path, id)
    }

    /// Creates or does something.
    pub const fn post(path: &'static str, id: &'static str) -> Self {
        Self::usual("POST", path, id)
    }

    /// Changes something.
    pub const fn patch(path: &'static str, id: &'static str) -> Self {
        Self::usual("PATCH", path, id)
    }

    /// Cancels or deletes something.
    pub const fn delete(path: &'static str, id: &'static str) -> Self {
        Self::usual("DELETE", path, id)
    }

    /// What idempotency keys are valid for, besides the account: `messages/send`.
    pub(super) fn route(&self) -> &'static str {
        self.path.trim_start_matches('/')
    }
}

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever has an API key or a token.
    KeyOrToken,
    /// Whoever has a token.
    TokenOnly,
    /// Anybody.
    Public,
}

/// The limits that there are, each counted for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Sending single messages.
    Send,
    /// Starting campaigns, in whichever way.
    Bulk,
    /// Everything that has no limit of its own.
    Other,
}

impl LimitKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Bulk => "bulk",
            Self::Other => "other",
        }
    }
}

/// The body of a request. One of another type, or too large, is refused before the handler is asked.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// What kind of text it is.
    pub kind: BodyKind,
    /// The name of its schema.
    pub name: &'static str,
    /// Its schema, from [`schema!`](crate::schema).
    pub schema: Option<fn() -> Value>,
}

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// JSON with few parts.
    Json,
    /// JSON with a long list in it.
    JsonList,
    /// A form with a file in it.
    Form,
    /// What a provider sends, which is read once its signature is checked.
    Raw,
}

impl Body {
    /// JSON with few parts.
    pub const fn json(name: &'static str, schema: Option<fn() -> Value>) -> Self {
        Self { kind: BodyKind::Json, name, schema }
    }

    /// JSON with a long list in it.
    pub const fn json_list(name: &'static str, schema: Option<fn() -> Value>) -> Self {
        Self { kind: BodyKind::JsonList, name, schema }
    }

    /// A form with a file in it.
    pub const fn form(name: &'static str, schema: Option<fn() -> Value>) -> Self {
        Self { kind: BodyKind::Form, name, schema }
    }

    /// What a provider sends.
    pub const fn raw(name: &'static str, schema: Option<fn() -> Value>) -> Self {
        Self { kind: BodyKind::Raw, name, schema }
    }
}

/// An answer that is no refusal.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it means.
    pub description: &'static str,
    /// Its media type, if it has a body.
    pub media_type: Option<&'static str>,
    /// Its schema, if it is JSON.
    #[cfg(feature = "schema")]
    pub schema: Option<fn(&mut schemars::SchemaGenerator) -> schemars::Schema>,
}

impl Answer {
    /// An answer in JSON.
    pub const fn json<T: Shape>(status: u16, description: &'static str) -> Self {
        Self {
            #[cfg(feature = "schema")]
            schema: Some(schemars::SchemaGenerator::subschema_for::<T>),
            ..Self::text(status, description, "application/json")
        }
    }

    /// An answer in some other text.
    pub const fn text(status: u16, description: &'static str, media_type: &'static str) -> Self {
        Self { media_type: Some(media_type), ..Self::empty(status, description) }
    }

    /// An answer without a body.
    pub const fn empty(status: u16, description: &'static str) -> Self {
        Self {
            status,
            description,
            media_type: None,
            #[cfg(feature = "schema")]
            schema: None,
        }
    }
}

/// The schema of a request, by the function that makes it: `Some` with the feature `schema`, else `None`, so that what is
/// deployed does not carry it.
#[cfg(feature = "schema")]
#[macro_export]
macro_rules! schema {
    ($make:expr) => {
        Some($make)
    };
}

/// The schema of a request, by the function that makes it: `Some` with the feature `schema`, else `None`, so that what is
/// deployed does not carry it.
#[cfg(not(feature = "schema"))]
#[macro_export]
macro_rules! schema {
    ($make:expr) => {
        None
    };
}
