//! What is said of an operation.

use domain::limits::IDEMPOTENCY_KEY_MAX_CHARS;
use serde_json::{Value, json};
use shared::http::ErrorCode;

use crate::document::reference;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// With an API key or a token.
    KeyOrToken,
    /// With a token.
    TokenOnly,
    /// Anybody.
    Public,
}

/// A parameter of the path, the query or the header.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: Value,
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub(crate) media_type: &'static str,
    /// The name of its schema.
    pub(crate) schema: &'static str,
}

/// An answer that is no refusal.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) content: Option<(&'static str, Value)>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) detail: &'static str,
    pub(crate) access: Access,
    pub(crate) is_limited: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    own_refusals: Vec<ErrorCode>,
}

impl Operation {
    /// An operation that needs a key or a token, and is limited.
    pub(crate) const fn new(method: &'static str, path: &'static str, id: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            tag: "Messages",
            summary: "",
            detail: "",
            access: Access::KeyOrToken,
            is_limited: true,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            own_refusals: Vec::new(),
        }
    }

    pub(crate) fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    pub(crate) fn says(self, summary: &'static str, detail: &'static str) -> Self {
        Self { summary, detail, ..self }
    }

    pub(crate) fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    pub(crate) fn unlimited(self) -> Self {
        Self { is_limited: false, ..self }
    }

    pub(crate) fn path_id(mut self, name: &'static str, description: &'static str) -> Self {
        self.parameters.push(Parameter {
            name,
            place: "path",
            description,
            schema: json!({ "type": "string" }),
        });
        self
    }

    pub(crate) fn query(mut self, name: &'static str, description: &'static str, schema: Value) -> Self {
        self.parameters.push(Parameter { name, place: "query", description, schema });
        self.refuses(&[ErrorCode::ValidationFailed])
    }

    /// The parameters of a query, as its parser says.
    pub(crate) fn queries(self, parameters: Vec<domain::schema::Parameter>) -> Self {
        parameters.into_iter().fold(self, |operation, it| operation.query(it.name, it.description, it.schema))
    }

    /// May be sent again under the same key.
    pub(crate) fn idempotent(mut self) -> Self {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX_CHARS });
        let description = "A request that is sent again with the same key within 24 hours is answered the same, and does \
            nothing twice.";
        self.parameters.push(Parameter { name: "Idempotency-Key", place: "header", description, schema });
        self.refuses(&[ErrorCode::IdempotencyKeyReused, ErrorCode::IdempotencyInProgress])
    }

    /// A body in JSON.
    pub(crate) fn json(self, schema: &'static str) -> Self {
        Self { body: Some(Body { media_type: "application/json", schema }), ..self }
            .refuses(&[ErrorCode::MalformedJson, ErrorCode::ValidationFailed, ErrorCode::BodyTooLarge])
            .refuses(&[ErrorCode::UnsupportedMediaType])
    }

    /// A form of several parts.
    pub(crate) fn form(self, schema: &'static str) -> Self {
        Self { body: Some(Body { media_type: "multipart/form-data", schema }), ..self }
            .refuses(&[ErrorCode::MalformedMultipart, ErrorCode::ValidationFailed, ErrorCode::BodyTooLarge])
            .refuses(&[ErrorCode::UnsupportedMediaType])
    }

    /// Answers with this status and a schema of the components.
    pub(crate) fn answers(self, status: u16, description: &'static str, schema: &str) -> Self {
        self.answers_with(status, description, Some(("application/json", reference(schema))))
    }

    pub(crate) fn answers_with(
        mut self,
        status: u16,
        description: &'static str,
        content: Option<(&'static str, Value)>,
    ) -> Self {
        self.answers.push(Answer { status, description, content });
        self
    }

    pub(crate) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.own_refusals.extend(codes);
        self
    }

    /// Why it may be refused: its own reasons, and those that all have.
    pub(crate) fn refusals(&self) -> Vec<ErrorCode> {
        let credentials: &[ErrorCode] = match self.access {
            Access::Public => &[],
            Access::KeyOrToken => &[ErrorCode::CredentialsMissing, ErrorCode::CredentialsInvalid],
            Access::TokenOnly => {
                &[ErrorCode::CredentialsMissing, ErrorCode::CredentialsInvalid, ErrorCode::JwtRequired]
            }
        };
        let limited: &[ErrorCode] = if self.is_limited { &[ErrorCode::RateLimited] } else { &[] };
        let faults = [ErrorCode::Internal, ErrorCode::Unavailable];
        let mut all: Vec<ErrorCode> = Vec::new();
        for code in self.own_refusals.iter().chain(credentials).chain(limited).chain(&faults) {
            if !all.contains(code) {
                all.push(*code);
            }
        }
        all
    }
}
