//! Problems: what callers are told when a request is refused (RFC 9457).

use domain::limits::FIELD_ERRORS_MAX;
use domain::request::FieldError;
use http::header::{HeaderName, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Serialize, Serializer};

use super::response::ApiResponse;
use super::row_error::RowError;
use crate::ports::PortError;
use crate::views::{ErrorView, ProblemView};

/// Why a request was refused. Stable: callers' programs read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The body is no JSON.
    MalformedJson,
    /// The body is no form of several parts.
    MalformedMultipart,
    /// Fields of the body or the query are wrong; `errors` says which.
    ValidationFailed,
    /// Neither an API key nor a token came with the request.
    CredentialsMissing,
    /// The API key or token is not valid (any more).
    CredentialsInvalid,
    /// An API key is not enough for this.
    JwtRequired,
    /// A provider's webhook is not signed as its session's provider signs.
    SignatureInvalid,
    /// A provider's handshake bears another token than its session has.
    VerifyTokenInvalid,
    /// No such message, for this account.
    MessageNotFound,
    /// No such session, for this account.
    SessionNotFound,
    /// No such campaign, for this account.
    CampaignNotFound,
    /// No such API key, for this account.
    ApiKeyNotFound,
    /// The session has messages that wait.
    SessionHasWaitingMessages,
    /// The account has as many API keys as it may have.
    TooManyApiKeys,
    /// The account has as many sessions as it may have.
    TooManySessions,
    /// The campaign was cancelled, or is finished.
    CampaignEnded,
    /// No such account; only operators are told.
    AccountNotFound,
    /// This stack has no OpenID provider to log in at.
    LoginNotConfigured,
    /// A login did not begin in this browser, has expired, or was finished already.
    LoginStateInvalid,
    /// The OpenID provider did not say who it is.
    LoginFailed,
    /// Whoever logged in may not use this stack.
    LoginNotAllowed,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The first request with this idempotency key has no answer yet.
    IdempotencyInProgress,
    /// No such path.
    RouteNotFound,
    /// The message is being sent, or has ended.
    NotCancellable,
    /// The body is too large.
    BodyTooLarge,
    /// The body is of another type than it must be.
    UnsupportedMediaType,
    /// Too many requests.
    RateLimited,
    /// Our fault.
    Internal,
    /// Our fault, and worth another try.
    Unavailable,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::MalformedJson,
        Self::MalformedMultipart,
        Self::ValidationFailed,
        Self::CredentialsMissing,
        Self::CredentialsInvalid,
        Self::JwtRequired,
        Self::SignatureInvalid,
        Self::VerifyTokenInvalid,
        Self::MessageNotFound,
        Self::SessionNotFound,
        Self::CampaignNotFound,
        Self::ApiKeyNotFound,
        Self::SessionHasWaitingMessages,
        Self::TooManyApiKeys,
        Self::TooManySessions,
        Self::CampaignEnded,
        Self::AccountNotFound,
        Self::LoginNotConfigured,
        Self::LoginStateInvalid,
        Self::LoginFailed,
        Self::LoginNotAllowed,
        Self::IdempotencyKeyReused,
        Self::IdempotencyInProgress,
        Self::RouteNotFound,
        Self::NotCancellable,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::MalformedMultipart => "malformed_multipart",
            Self::ValidationFailed => "validation_failed",
            Self::CredentialsMissing => "credentials_missing",
            Self::CredentialsInvalid => "credentials_invalid",
            Self::JwtRequired => "jwt_required",
            Self::SignatureInvalid => "signature_invalid",
            Self::VerifyTokenInvalid => "verify_token_invalid",
            Self::MessageNotFound => "message_not_found",
            Self::SessionNotFound => "session_not_found",
            Self::CampaignNotFound => "campaign_not_found",
            Self::ApiKeyNotFound => "api_key_not_found",
            Self::SessionHasWaitingMessages => "session_has_waiting_messages",
            Self::TooManyApiKeys => "too_many_api_keys",
            Self::TooManySessions => "too_many_sessions",
            Self::CampaignEnded => "campaign_ended",
            Self::AccountNotFound => "account_not_found",
            Self::LoginNotConfigured => "login_not_configured",
            Self::LoginStateInvalid => "login_state_invalid",
            Self::LoginFailed => "login_failed",
            Self::LoginNotAllowed => "login_not_allowed",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::IdempotencyInProgress => "idempotency_in_progress",
            Self::RouteNotFound => "route_not_found",
            Self::NotCancellable => "not_cancellable",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson
            | Self::MalformedMultipart
            | Self::ValidationFailed
            | Self::LoginStateInvalid => StatusCode::BAD_REQUEST,
            Self::CredentialsMissing
            | Self::CredentialsInvalid
            | Self::SignatureInvalid
            | Self::LoginFailed => StatusCode::UNAUTHORIZED,
            Self::JwtRequired | Self::VerifyTokenInvalid | Self::LoginNotAllowed => StatusCode::FORBIDDEN,
            Self::MessageNotFound
            | Self::SessionNotFound
            | Self::CampaignNotFound
            | Self::ApiKeyNotFound
            | Self::AccountNotFound
            | Self::LoginNotConfigured
            | Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::NotCancellable
            | Self::CampaignEnded
            | Self::SessionHasWaitingMessages
            | Self::TooManyApiKeys
            | Self::TooManySessions
            | Self::IdempotencyInProgress => StatusCode::CONFLICT,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A few words that are the same for every case of it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::MalformedMultipart => "The body is not a form",
            Self::ValidationFailed => "The request is not valid",
            Self::CredentialsMissing => "Credentials are missing",
            Self::CredentialsInvalid => "Credentials are not valid",
            Self::JwtRequired => "A token is required",
            Self::SignatureInvalid => "The signature is not valid",
            Self::VerifyTokenInvalid => "The verify token is not valid",
            Self::MessageNotFound => "No such message",
            Self::SessionNotFound => "No such session",
            Self::CampaignNotFound => "No such campaign",
            Self::ApiKeyNotFound => "No such API key",
            Self::SessionHasWaitingMessages => "Messages of the session wait",
            Self::TooManyApiKeys => "Too many API keys",
            Self::TooManySessions => "Too many sessions",
            Self::CampaignEnded => "The campaign has ended",
            Self::AccountNotFound => "No such account",
            Self::LoginNotConfigured => "Login is not set up",
            Self::LoginStateInvalid => "The login cannot go on",
            Self::LoginFailed => "The login failed",
            Self::LoginNotAllowed => "The login is not allowed",
            Self::IdempotencyKeyReused => "The idempotency key was used before",
            Self::IdempotencyInProgress => "The same request is still running",
            Self::RouteNotFound => "No such path",
            Self::NotCancellable => "The message cannot be cancelled any more",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is of the wrong type",
            Self::RateLimited => "Too many requests",
            Self::Internal => "Something went wrong here",
            Self::Unavailable => "Not available at the moment",
        }
    }
}

impl Serialize for ErrorCode {
    /// Its name in the API.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

domain::inline_schema!(ErrorCode, { "type": "string", "enum": (ErrorCode::ALL.map(ErrorCode::name)) });

/// A refused request. `detail` is for the caller; `cause` is for the log, once, and never leaves the system.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why, for people, and what would be right.
    pub detail: String,
    /// What is wrong with each field.
    pub errors: Vec<FieldError>,
    /// What is wrong with each row of a campaign, or with a line of its file.
    pub rows: Vec<RowError>,
    /// What went wrong inside.
    pub cause: Option<String>,
    /// Whether it is sure that nothing of the request remains, although it was begun: another one may begin anew.
    pub kept_nothing: bool,
}

impl Problem {
    /// A refused request.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            rows: Vec::new(),
            cause: None,
            kept_nothing: false,
        }
    }

    /// What an earlier run of the same request made was taken back meanwhile, by itself or by its owner.
    pub fn taken_back() -> Self {
        let detail =
            "What the first request with this Idempotency-Key made was taken back; use a new key to send it.";
        Self::new(ErrorCode::IdempotencyKeyReused, detail)
    }

    /// A request with wrong fields.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            all if all.len() >= FIELD_ERRORS_MAX => {
                format!("{} or more fields are wrong; see errors", all.len())
            }
            all => format!("{} fields are wrong; see errors", all.len()),
        };
        Self { errors, ..Self::new(ErrorCode::ValidationFailed, detail) }
    }

    /// The problem document.
    pub fn document(&self) -> ProblemView<'_> {
        ProblemView {
            urn: format!("urn:paceline:problem:{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code,
            errors: self.errors.iter().map(field_error).chain(self.rows.iter().map(RowError::view)).collect(),
        }
    }

    /// The answer that says so.
    pub fn into_response(self) -> ApiResponse {
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response = ApiResponse::typed(self.code.status(), &self.document(), content_type);
        if let Some((name, value)) = self.code.header() {
            response.headers.insert(name, value);
        }
        response
    }
}

impl ErrorCode {
    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        (self.status() == StatusCode::UNAUTHORIZED)
            .then(|| (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"paceline\"")))
    }
}

fn field_error(error: &FieldError) -> ErrorView<'_> {
    ErrorView { pointer: Some(&error.pointer), line: None, code: error.code.name(), detail: &error.detail }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        let detail = "The request could not be carried out at the moment; try again in a moment.";
        Self { cause: Some(error.to_string()), ..Self::new(ErrorCode::Unavailable, detail) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn names_are_unique_and_problems_carry_what_the_standard_asks_for() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            let response = Problem::new(code, "because").into_response();
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(body["status"], code.status().as_u16());
            assert_eq!(body["code"], code.name());
            assert_eq!(response.headers["content-type"], "application/problem+json");
        }
    }

    #[test]
    fn a_cause_never_leaves_the_system() {
        let problem = Problem::from(PortError::new("messages.put", "secret cause"));
        let body = String::from_utf8(problem.into_response().body.to_vec()).unwrap();
        assert!(!body.contains("secret cause"), "{body}");
    }
}
