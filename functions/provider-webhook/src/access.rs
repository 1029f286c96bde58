//! Who may report: a caller who has the signature key of the session's provider.

use domain::providers::{ProviderConfig, ProviderKind};
use domain::session::Session;
use domain::values::ids::SessionId;
use shared::http::{ApiRequest, ApiResponse, ErrorCode, Problem};
use shared::providers::webhook::{Handshake, WebhookSource};
use shared::providers::{webhook_handshake, webhook_kinds, webhooks};

/// The session in the path.
pub(crate) fn session_id(request: &ApiRequest) -> Result<SessionId, Problem> {
    handshake(request)?;
    parameter(request, "sessionId").parse().map_err(|_| unsigned())
}

/// The webhooks of a session, signed with its key. The signature is that of the raw body, compared in constant time.
pub(crate) fn signed<'a>(
    request: &ApiRequest,
    session: &'a Session,
) -> Result<&'a dyn WebhookSource, Problem> {
    let source = provider(request, session).and_then(webhooks);
    source.filter(|source| source.is_signed(request)).ok_or_else(unsigned)
}

/// Answers a handshake.
pub(crate) fn challenge(request: &ApiRequest, session: Option<&Session>) -> Result<ApiResponse, Problem> {
    handshake(request)?(request, session.and_then(|session| provider(request, session)))
}

/// One answer for all cases: it must not show which sessions exist.
pub(crate) fn unsigned() -> Problem {
    let detail = "There is no such session, or the webhook is not signed with its key.";
    Problem::new(ErrorCode::SignatureInvalid, detail)
}

/// The provider of a session. A session whose provider is not the path's is reported as not found.
fn provider<'a>(request: &ApiRequest, session: &'a Session) -> Option<&'a ProviderConfig> {
    let is_named = parameter(request, "provider") == session.provider.kind().name();
    is_named.then_some(&session.provider)
}

/// The code that answers handshakes of the provider in the path, if the provider has webhooks.
fn handshake(request: &ApiRequest) -> Result<Handshake, Problem> {
    let kind = ProviderKind::named(parameter(request, "provider"));
    kind.and_then(webhook_handshake).ok_or_else(|| {
        let detail = format!("There are webhooks of {}.", webhook_kinds().join(" and of "));
        Problem::new(ErrorCode::RouteNotFound, detail)
    })
}

fn parameter<'a>(request: &'a ApiRequest, name: &str) -> &'a str {
    request.path_parameters.get(name).map_or("", String::as_str)
}
