//! `GET /sessions/{id}`: a session and its health.

#![allow(async_fn_in_trait)]

use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, SessionViews, StatusCode, own_session, session_id,
};
use shared::ports::{Clock, ReadSessions};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// Time.
    pub clock: C,
    /// How sessions are shown.
    pub views: SessionViews,
}

/// Shows one session.
pub async fn handle<F, S, C>(deps: &Deps<F, S, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    C: Clock,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
    let state = own_session(&deps.sessions, account_id, session_id(&request)?).await?;
    let view = deps.views.view(&state.session, &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}
