//! `GET /sessions/{id}`: a session and its health.

use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, SessionViews, StatusCode, own_session,
    session_id,
};
use shared::ports::ReadSessions;
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::SessionView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "Get a session",
    detail: "With its health: whether it is held, why, and until when.",
    answers: &[Answer::json::<SessionView>(200, "The session.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::get("/sessions/{id}", "getSession")
};

deps! {
    ShowingSessions {
        sessions: Sessions: ReadSessions;
        views: SessionViews,
    }
}

/// Shows one session.
pub async fn handle<W: ShowingSessions>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
    let state = own_session(&deps.sessions, account_id, session_id(&request)?).await?;
    let view = deps.views.view(&state.session, &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
