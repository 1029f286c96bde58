//! `PATCH /sessions/{id}`: changes a session.
//!
//! One conditional write. A provider that was changed ends a hold, since its reason may be gone; when this dies between
//! the two, the hold ends by itself, or by `POST /sessions/{id}/resume`.

use domain::request::{SessionChange, SessionRules};
use serde_json::Value;
use shared::audit::{Action, Actor, audit};
use shared::http::{
    Answer, ApiResponse, Body, Call, Endpoint, ErrorCode, Problem, SessionViews, StatusCode, own_session,
    session_id,
};
use shared::ports::{ChangeSessions, Clock, EndHolds, Entropy, ReadLines, ReadSessions, SendTickets};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::sessions::{Stored, change, resume};
use shared::views::NewSessionView;
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "Change a session",
    detail: "What is absent stays. Changing `provider` needs a token.",
    body: Some(Body::json("SessionChange", schema!(SessionChange::schema))),
    answers: &[Answer::json::<NewSessionView>(200, "The session.")],
    refusals: &[ErrorCode::SessionNotFound, ErrorCode::JwtRequired],
    ..Endpoint::patch("/sessions/{id}", "updateSession")
};

deps! {
    ChangingSessions {
        sessions: Sessions: ReadSessions + ChangeSessions + EndHolds,
        lines: Messages: ReadLines,
        tickets: Tickets: SendTickets,
        clock: Clock: Clock,
        entropy: Entropy: Entropy;
        rules: SessionRules,
        views: SessionViews,
    }
}

/// Changes a session.
pub async fn handle<W: ChangingSessions>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, content, caller, now } = call;
    let body = content.json();
    let changes_provider = SessionChange::concerns_provider(body);
    if changes_provider {
        caller.require_token()?;
    }
    let Deps { sessions, lines, tickets, entropy, clock, rules, views, .. } = deps;
    let id = session_id(&request)?;
    let key = (caller.account_id, id);
    let Stored { session, webhook_secret } =
        change(sessions, entropy, caller.account_id, id, body, rules).await?;
    audit(Action::SessionChanged, &Actor::of(caller, &request), &id, &changed_fields(body));
    // What kept the session back may be gone. The change is stored, and its answer may have a secret: so the request is
    // answered even if the session cannot be woken, which then wakes by itself when its hold ends.
    let may_go_on = changes_provider || SessionChange::concerns_limits(body);
    if may_go_on && let Err(problem) = resume(sessions, lines, tickets, entropy, clock, key).await {
        let Problem { detail, cause, .. } = problem;
        tracing::warn!(session_id = %id, detail, cause, "a changed session was not woken");
    }
    let state = own_session(sessions, caller.account_id, id).await?;
    let view = views.view_with_secret(&session, webhook_secret.as_ref(), &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

/// The names of the fields that a valid body has; no values.
fn changed_fields(body: &Value) -> String {
    let names = body.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    names.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
}
