//! `GET /messages/{id}`: one message, with all that is known about its way.

#![allow(async_fn_in_trait)]

use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, Reasons, StatusCode, find_message, message_id, message_view,
};
use shared::ports::{Clock, ReadCampaigns, ReadMessages, ReadSessions};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, G, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// The table of campaigns.
    pub campaigns: G,
    /// Time.
    pub clock: C,
}

/// Shows one message.
pub async fn handle<F, S, M, G, C>(
    deps: &Deps<F, S, M, G, C>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: ReadMessages,
    G: ReadCampaigns,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = message_id(&request)?;
    let message = find_message(&deps.messages, &deps.sessions, caller.account_id, id, now).await?;
    let shown = std::slice::from_ref(&message);
    let reasons = Reasons::load(&deps.sessions, &deps.campaigns, caller.account_id, shown).await?;
    Ok(ApiResponse::json(StatusCode::OK, &message_view(&message, reasons.of(&message, now))))
}
