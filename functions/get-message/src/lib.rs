//! `GET /messages/{id}`: one message, with all that is known about its way.

#![allow(async_fn_in_trait)]

use domain::session::SessionState;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, StatusCode, find_message, message_id, message_view,
};
use shared::ports::{Clock, ReadMessages, ReadSessions};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// Time.
    pub clock: C,
}

/// Shows one message.
pub async fn handle<F, S, M, C>(deps: &Deps<F, S, M, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: ReadMessages,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = message_id(&request)?;
    let message = find_message(&deps.messages, &deps.sessions, caller.account_id, id, now).await?;
    // What a finished message waits for need not be read.
    let state = if message.status.is_final() { None } else { deps.sessions.load(message.session_id).await? };
    let view = message_view(&message, state.as_ref().map(SessionState::standing).as_ref(), now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}
