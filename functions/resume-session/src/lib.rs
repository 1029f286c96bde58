//! `POST /sessions/{id}/resume`: ends the hold of a session at once.
//!
//! What is true when this dies after any step is said at [`shared::sessions::resume`].

#![allow(async_fn_in_trait)]

use shared::audit::{Action, Actor, audit};
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, SessionViews, StatusCode, session_id};
use shared::ports::{ChangeSessions, Clock, Entropy, ReadLines, ReadSessions, SendTickets};
use shared::sessions::resume;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, Q, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The lines of what waits.
    pub lines: M,
    /// The FIFO queues.
    pub tickets: Q,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// How sessions are shown.
    pub views: SessionViews,
}

/// Ends a hold.
pub async fn handle<F, S, M, Q, C, E>(
    deps: &Deps<F, S, M, Q, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions + ChangeSessions,
    M: ReadLines,
    Q: SendTickets,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let key = (caller.account_id, session_id(&request)?);
    let Deps { sessions, lines, tickets, entropy, clock, views, .. } = deps;
    let state = resume(sessions, lines, tickets, entropy, clock, key).await?;
    audit(Action::SessionResumed, &Actor::of(caller, &request), &key.1, "");
    let view = views.view(&state.session, &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}
