//! Problems: the answers to refused requests (RFC 9457).

use domain::limits::FIELD_ERRORS_MAX;
use domain::request::FieldError;
use http::header::{HeaderName, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Serialize, Serializer};

use super::response::ApiResponse;
use super::row_error::RowError;
use crate::ports::PortError;
use crate::views::{ErrorView, ProblemView};

/// Defines [`ErrorCode`] by its table: each code with its name in the API, its HTTP status, and its title.
macro_rules! error_codes {
    ($($(#[$about:meta])* $code:ident = $name:literal => $status:ident, $title:literal,)+) => {
        /// Why a request was refused. Stable: callers' programs read it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$about])* $code,)+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$code),+];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$code => StatusCode::$status,)+
                }
            }

            /// A few words that are the same whenever this code is used.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$code => $title,)+
                }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON.
    MalformedJson = "malformed_json" => BAD_REQUEST, "The body is not JSON",
    /// The body is not a form of several parts.
    MalformedMultipart = "malformed_multipart" => BAD_REQUEST, "The body is not a form",
    /// Fields of the body or the query are wrong; `errors` says which.
    ValidationFailed = "validation_failed" => BAD_REQUEST, "The request is not valid",
    /// Neither an API key nor a token came with the request.
    CredentialsMissing = "credentials_missing" => UNAUTHORIZED, "Credentials are missing",
    /// The API key or token is not valid (any more).
    CredentialsInvalid = "credentials_invalid" => UNAUTHORIZED, "Credentials are not valid",
    /// An API key is not enough for this.
    JwtRequired = "jwt_required" => FORBIDDEN, "A token is required",
    /// The signature of a provider's webhook does not match its session's key.
    SignatureInvalid = "signature_invalid" => UNAUTHORIZED, "The signature is not valid",
    /// The verify token of a provider's handshake is not its session's.
    VerifyTokenInvalid = "verify_token_invalid" => FORBIDDEN, "The verify token is not valid",
    /// No such message, for this account.
    MessageNotFound = "message_not_found" => NOT_FOUND, "No such message",
    /// No such session, for this account.
    SessionNotFound = "session_not_found" => NOT_FOUND, "No such session",
    /// No such campaign, for this account.
    CampaignNotFound = "campaign_not_found" => NOT_FOUND, "No such campaign",
    /// No such API key, for this account.
    ApiKeyNotFound = "api_key_not_found" => NOT_FOUND, "No such API key",
    /// The session has messages that wait.
    SessionHasWaitingMessages = "session_has_waiting_messages" => CONFLICT, "Messages of the session wait",
    /// The account has as many API keys as it may have.
    TooManyApiKeys = "too_many_api_keys" => CONFLICT, "Too many API keys",
    /// The account has as many sessions as it may have.
    TooManySessions = "too_many_sessions" => CONFLICT, "Too many sessions",
    /// The campaign was cancelled, or is finished.
    CampaignEnded = "campaign_ended" => CONFLICT, "The campaign has ended",
    /// No such account; only operators get this code.
    AccountNotFound = "account_not_found" => NOT_FOUND, "No such account",
    /// This stack has no OpenID provider to log in at.
    LoginNotConfigured = "login_not_configured" => NOT_FOUND, "Login is not set up",
    /// A login did not begin in this browser, has expired, or was finished already.
    LoginStateInvalid = "login_state_invalid" => BAD_REQUEST, "The login cannot go on",
    /// The OpenID provider did not say who it is.
    LoginFailed = "login_failed" => UNAUTHORIZED, "The login failed",
    /// Whoever logged in may not use this stack.
    LoginNotAllowed = "login_not_allowed" => FORBIDDEN, "The login is not allowed",
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = "idempotency_key_reused" => UNPROCESSABLE_ENTITY, "The idempotency key was used before",
    /// The first request with this idempotency key has no answer yet.
    IdempotencyInProgress = "idempotency_in_progress" => CONFLICT, "The same request is still running",
    /// No such path.
    RouteNotFound = "route_not_found" => NOT_FOUND, "No such path",
    /// The message is being sent, or has ended.
    NotCancellable = "not_cancellable" => CONFLICT, "The message cannot be cancelled any more",
    /// The body is too large.
    BodyTooLarge = "body_too_large" => PAYLOAD_TOO_LARGE, "The body is too large",
    /// The body is of another type than it must be.
    UnsupportedMediaType = "unsupported_media_type" => UNSUPPORTED_MEDIA_TYPE, "The body is of the wrong type",
    /// Too many requests.
    RateLimited = "rate_limited" => TOO_MANY_REQUESTS, "Too many requests",
    /// Our fault.
    Internal = "internal" => INTERNAL_SERVER_ERROR, "Something went wrong here",
    /// Our fault, and worth another try.
    Unavailable = "unavailable" => SERVICE_UNAVAILABLE, "Not available at the moment",
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
    /// Whether it is certain that nothing of the request was kept, so that it may be sent again.
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

    /// What an earlier run of the same request created has been cancelled since, by that run or by its owner.
    pub fn taken_back() -> Self {
        let detail = "What the first request with this Idempotency-Key created was cancelled; use a new key to send it.";
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
            message: &self.detail,
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
            assert_eq!((&body["detail"], &body["message"]), (&"because".into(), &"because".into()));
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
