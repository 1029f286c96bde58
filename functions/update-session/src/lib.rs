//! `PATCH /sessions/{id}`: changes a session.
//!
//! One conditional write. A provider that was changed ends a hold, since its reason may be gone; when this dies between
//! the two, the hold ends by itself, or by `POST /sessions/{id}/resume`.

#![allow(async_fn_in_trait)]

use domain::request::{SessionChange, SessionRules};
use serde_json::Value;
use shared::audit::{Action, Actor, audit};
use shared::http::{
    Admit, ApiRequest, ApiResponse, Problem, SessionViews, StatusCode, json_body, own_session, session_id,
};
use shared::ports::{ChangeSessions, Clock, Entropy, ReadLines, ReadSessions, SendTickets};
use shared::sessions::{Stored, change, resume};

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
    /// What a session may ask for.
    pub rules: SessionRules,
    /// How sessions are shown.
    pub views: SessionViews,
}

/// Changes a session.
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
    let body = json_body(&request)?;
    let changes_provider = SessionChange::concerns_provider(&body);
    if changes_provider {
        caller.require_token()?;
    }
    let Deps { sessions, lines, tickets, entropy, clock, rules, views, .. } = deps;
    let id = session_id(&request)?;
    let key = (caller.account_id, id);
    let Stored { session, webhook_secret } =
        change(sessions, entropy, caller.account_id, id, &body, rules).await?;
    audit(Action::SessionChanged, &Actor::of(caller, &request), &id, &changed_fields(&body));
    // What kept the session back may be gone. The change is kept, and may have a secret to tell: it is answered also when
    // the session cannot be woken, which then wakes by itself when its hold ends.
    let may_go_on = changes_provider || SessionChange::concerns_limits(&body);
    if may_go_on && let Err(problem) = resume(sessions, lines, tickets, entropy, clock, key).await {
        let Problem { detail, cause, .. } = problem;
        tracing::warn!(session_id = %id, detail, cause, "a changed session was not woken");
    }
    let state = own_session(sessions, caller.account_id, id).await?;
    let view = views.view_with_secret(&session, webhook_secret.as_ref(), &state.pacer, &request, now);
    Ok(ApiResponse::json(StatusCode::OK, &view))
}

/// The names of the fields that a valid body has; no values.
fn changed_fields(body: &Value) -> String {
    let names = body.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    names.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
}
