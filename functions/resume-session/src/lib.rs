//! `POST /sessions/{id}/resume`: ends the hold of a session at once.
//!
//! What is true when this dies after any step is said at [`shared::sessions::resume`].

use shared::audit::{Action, Actor, audit};
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, SessionViews, StatusCode, session_id,
};
use shared::ports::{Clock, EndHolds, Entropy, ReadLines, ReadSessions, SendTickets};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::sessions::resume;
use shared::views::SessionView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "End a hold at once",
    detail: "The next message is the probe.",
    answers: &[Answer::json::<SessionView>(200, "The session.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::post("/sessions/{id}/resume", "resumeSession")
};

deps! {
    ResumingSessions {
        sessions: Sessions: ReadSessions + EndHolds,
        lines: Messages: ReadLines,
        tickets: Tickets: SendTickets,
        clock: Clock: Clock,
        entropy: Entropy: Entropy;
        views: SessionViews,
    }
}

/// Ends a hold.
pub async fn handle<W: ResumingSessions>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let key = (caller.account_id, session_id(&request)?);
    let Deps { sessions, lines, tickets, entropy, clock, views, .. } = deps;
    let state = resume(sessions, lines, tickets, entropy, clock, key).await?;
    audit(Action::SessionResumed, &Actor::of(caller, &request), &key.1, "");
    let view = views.view(&state.session, &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
