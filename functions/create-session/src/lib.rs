//! `POST /sessions`: makes a session.

#![allow(async_fn_in_trait)]

use domain::pacer::Pacer;
use domain::request::{SessionRequest, SessionRules};
use shared::audit::{Action, Actor, audit};
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, SessionViews, StatusCode, json_body};
use shared::ports::{Clock, Entropy, ReadSessions, WriteSessions};
use shared::sessions::{Stored, create};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// What a session may ask for.
    pub rules: SessionRules,
    /// How sessions are shown.
    pub views: SessionViews,
}

/// Makes a session.
pub async fn handle<F, S, C, E>(deps: &Deps<F, S, C, E>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions + WriteSessions,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let wanted = SessionRequest::parse(&json_body(&request)?, &deps.rules).map_err(Problem::validation)?;
    let Stored { session, webhook_secret } =
        create(&deps.sessions, &deps.entropy, caller.account_id, wanted, now).await?;
    let actor = Actor::of(caller, &request);
    audit(Action::SessionCreated, &actor, &session.session_id, session.provider.kind());
    let secret = webhook_secret.as_ref();
    let view = deps.views.view_with_secret(&session, secret, &Pacer::default(), &request, now);
    Ok(ApiResponse::json(StatusCode::CREATED, &view))
}
