//! `POST /sessions`: makes a session.

#![allow(async_fn_in_trait)]

use domain::request::{SessionRequest, SessionRules};
use domain::sending::pacer::Pacer;
use shared::audit::{Action, Actor, audit};
use shared::http::{
    Admit, ApiRequest, ApiResponse, Asked, Problem, SessionViews, StatusCode, json_body, once,
};
use shared::ports::{Clock, Entropy, KeepAnswers, Keyring, ReadSessions, WriteSessions};
use shared::seeded::SeededEntropy;
use shared::sessions::{Stored, create};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, K, I, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The stack's keys.
    pub keyring: K,
    /// The answers to requests that may be sent again.
    pub answers: I,
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
pub async fn handle<F, S, K, I, C, E>(
    deps: &Deps<F, S, K, I, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions + WriteSessions,
    K: Keyring,
    I: KeepAnswers,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let account_id = caller.account_id;
    let asked = Asked { account_id, route: "sessions", content: &[&request.body], now };
    once(&deps.answers, &deps.entropy, &request, asked, async |seed| {
        let wanted =
            SessionRequest::parse(&json_body(&request)?, &deps.rules).map_err(Problem::validation)?;
        // The same session and secret again, when the request before died with them.
        let entropy = SeededEntropy::new(&deps.keyring, seed);
        let Stored { session, webhook_secret } =
            create(&deps.sessions, &entropy, account_id, wanted, seed.at).await?;
        let actor = Actor::of(caller, &request);
        audit(Action::SessionCreated, &actor, &session.session_id, session.provider.kind());
        let (secret, pacer) = (webhook_secret.as_ref(), Pacer::default());
        let view = deps.views.view_with_secret(&session, secret, &pacer, &request, now);
        Ok(ApiResponse::json(StatusCode::CREATED, &view))
    })
    .await
}
