//! `POST /sessions`: creates a session.

use domain::access::idempotency::Seed;
use domain::request::{SessionRequest, SessionRules};
use domain::sending::pacer::Pacer;
use shared::audit::{Action, Actor, audit};
use shared::http::{Answer, ApiResponse, Body, Call, Endpoint, ErrorCode, Problem, SessionViews, StatusCode};
use shared::ports::{Entropy, Keyring, ListSessions, WriteSessions};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_once};
use shared::seeded::SeededEntropy;
use shared::sessions::{Stored, create};
use shared::views::NewSessionView;
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "Create a session",
    detail: "A generated webhook secret is shown in this answer alone.",
    idempotent: true,
    body: Some(Body::json("SessionRequest", schema!(SessionRequest::schema))),
    answers: &[Answer::json::<NewSessionView>(201, "The session.")],
    refusals: &[ErrorCode::TooManySessions],
    ..Endpoint::post("/sessions", "createSession")
};

deps! {
    CreatingSessions {
        sessions: Sessions: ListSessions + WriteSessions,
        keyring: Keyring: Keyring,
        entropy: Entropy: Entropy;
        rules: SessionRules,
        views: SessionViews,
    }
}

/// Makes a session.
pub async fn handle<W: CreatingSessions>(
    deps: &Deps<W>,
    call: Call,
    seed: Seed,
) -> Result<ApiResponse, Problem> {
    let Call { request, content, caller, now } = call;
    let account_id = caller.account_id;
    let wanted = SessionRequest::parse(content.json(), &deps.rules).map_err(Problem::validation)?;
    // The same session and secret again, when the request before died with them.
    let entropy = SeededEntropy::new(&deps.keyring, seed);
    let Stored { session, webhook_secret } =
        create(&deps.sessions, &entropy, account_id, wanted, seed.at).await?;
    let actor = Actor::of(caller, &request);
    audit(Action::SessionCreated, &actor, &session.session_id, session.provider.kind().name());
    let (secret, pacer) = (webhook_secret.as_ref(), Pacer::default());
    let view = deps.views.view_with_secret(&session, secret, &pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::CREATED, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_once(&stack, &ENDPOINT, |call, seed| handle(&deps, call, seed)).await
}
