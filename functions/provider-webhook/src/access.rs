//! Who may report: whoever has the key of the session's provider.

use domain::session::{ProviderConfig, Session};
use domain::values::ids::SessionId;
use http::HeaderName;
use shared::http::{ApiRequest, ApiResponse, ErrorCode, Problem};
use shared::webhooks::signature::{is_cloud_api, is_same, is_waha};

const X_WEBHOOK_HMAC: HeaderName = HeaderName::from_static("x-webhook-hmac");
const X_HUB_SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

/// Longest challenge that is given back, in characters; Meta's are some digits.
const CHALLENGE_MAX_CHARS: usize = 100;

/// What a session's webhooks are checked with, and whom they must be about.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    /// Of a WAHA server.
    Waha {
        /// Key of the signature.
        secret: &'a str,
        /// The session's name at the server.
        session: &'a str,
    },
    /// Of an app at Meta.
    CloudApi {
        /// Key of the signature.
        app_secret: &'a str,
        /// What a handshake must bring.
        verify_token: &'a str,
        /// The phone number that it must be about.
        phone_number_id: &'a str,
    },
}

/// The session in the path.
pub(crate) fn session_id(request: &ApiRequest) -> Result<SessionId, Problem> {
    let parameter = |name: &str| request.path_parameters.get(name).map_or("", String::as_str);
    if !matches!(parameter("provider"), "waha" | "cloud_api") {
        return Err(Problem::new(ErrorCode::RouteNotFound, "There are webhooks of waha and of cloud_api."));
    }
    parameter("sessionId").parse().map_err(|_| unsigned())
}

/// The key of a session; a session of another provider is as unknown as one that never was.
pub(crate) fn key_of<'a>(request: &ApiRequest, session: &'a Session) -> Result<Key<'a>, Problem> {
    if request.path_parameters.get("provider").map(String::as_str) != Some(session.provider.kind()) {
        return Err(unsigned());
    }
    match &session.provider {
        ProviderConfig::Waha { session, webhook_secret: Some(secret), .. } => {
            Ok(Key::Waha { secret: secret.expose(), session })
        }
        ProviderConfig::CloudApi { phone_number_id, app_secret, verify_token, .. } => Ok(Key::CloudApi {
            app_secret: app_secret.expose(),
            verify_token: verify_token.expose(),
            phone_number_id,
        }),
        ProviderConfig::Waha { webhook_secret: None, .. } | ProviderConfig::Sandbox => Err(unsigned()),
    }
}

/// Checks the signature of the raw body, in constant time.
pub(crate) fn check_signature(request: &ApiRequest, key: &Key<'_>) -> Result<(), Problem> {
    let header = |name: &HeaderName| request.header(name).unwrap_or_default();
    let is_right = match key {
        Key::Waha { secret, .. } => is_waha(secret, &request.body, header(&X_WEBHOOK_HMAC)),
        Key::CloudApi { app_secret, .. } => is_cloud_api(app_secret, &request.body, header(&X_HUB_SIGNATURE)),
    };
    if is_right { Ok(()) } else { Err(unsigned()) }
}

/// Meta's handshake: gives the challenge back to whoever brings the session's verify token. All others get one answer,
/// whether there is such a session or not.
pub(crate) fn challenge(request: &ApiRequest, session: Option<&Session>) -> Result<ApiResponse, Problem> {
    if request.path_parameters.get("provider").map(String::as_str) != Some("cloud_api") {
        return Err(Problem::new(ErrorCode::RouteNotFound, "WAHA has no handshake; it only posts."));
    }
    let refused =
        || Problem::new(ErrorCode::VerifyTokenInvalid, "hub.verify_token is not that of the session.");
    let Some(Ok(Key::CloudApi { verify_token, .. })) = session.map(|session| key_of(request, session)) else {
        return Err(refused());
    };
    let parameter = |wanted: &str| {
        let found = request.query.iter().find(|(name, _)| name == wanted);
        found.map_or("", |(_, value)| value.as_str())
    };
    let challenge = parameter("hub.challenge");
    let is_clean = (1..=CHALLENGE_MAX_CHARS).contains(&challenge.len())
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if parameter("hub.mode") != "subscribe" || !is_same(parameter("hub.verify_token"), verify_token) {
        return Err(refused());
    }
    if !is_clean {
        let detail = "hub.challenge must be 1 to 100 letters and digits.";
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    Ok(ApiResponse::text(challenge))
}

/// One answer for all: it must not tell which sessions there are.
pub(crate) fn unsigned() -> Problem {
    let detail = "There is no such session, or the webhook is not signed with its key.";
    Problem::new(ErrorCode::SignatureInvalid, detail)
}
