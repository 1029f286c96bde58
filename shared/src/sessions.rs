//! Creating, changing and resuming sessions, for callers and operators alike.

use domain::limits::SESSIONS_MAX;
use domain::request::{SessionChange, SessionRequest, SessionRules};
use domain::session::{ProviderConfig, Secret, Session, SessionState};
use domain::tuning::{RESUME_PAUSE_MS, RESUME_WITHIN_MS, SESSION_CHANGE_TRIES};
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde_json::Value;

use crate::http::{ErrorCode, Problem, own_session};
use crate::lines;
use crate::ports::{
    ChangeSessions, Changed, Clock, EndHolds, Entropy, ListSessions, PortError, ReadLines, ReadSessions,
    SendTickets, WriteSessions,
};
use crate::secrets;

/// A session that was just made or changed.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The session.
    pub session: Session,
    /// The key of its webhooks, if it was made here: nobody knows it unless the answer says it, this once.
    pub webhook_secret: Option<Secret>,
}

/// Creates a session of an account.
///
/// When this dies after the write, there is a session that its caller does not know of; the list shows it. The number is
/// read from an index, so that several requests at the same moment may get a little over the limit.
pub async fn create(
    sessions: &(impl ListSessions + WriteSessions),
    entropy: &impl Entropy,
    account_id: AccountId,
    request: SessionRequest,
    now: Timestamp,
) -> Result<Stored, Problem> {
    let session_id = SessionId::new(now, entropy.next_u128());
    store(sessions, entropy, (account_id, session_id), request, now).await
}

/// Makes a session of an account under an id that its owner knows already, of another service. Anybody could be told by the
/// refusal that a session exists: operators alone may do this.
pub async fn import(
    sessions: &(impl ListSessions + WriteSessions + ReadSessions),
    entropy: &impl Entropy,
    key: (AccountId, SessionId),
    request: SessionRequest,
    now: Timestamp,
) -> Result<Stored, Problem> {
    if sessions.load(key.1).await?.is_some() {
        let detail = format!("sessionId {} is that of a session here already.", key.1);
        return Err(Problem::new(ErrorCode::ValidationFailed, detail));
    }
    store(sessions, entropy, key, request, now).await
}

async fn store(
    sessions: &(impl ListSessions + WriteSessions),
    entropy: &impl Entropy,
    (account_id, session_id): (AccountId, SessionId),
    request: SessionRequest,
    now: Timestamp,
) -> Result<Stored, Problem> {
    if sessions.of_account(account_id).await?.len() >= SESSIONS_MAX {
        let detail = format!("An account has at most {SESSIONS_MAX} sessions; delete one first.");
        return Err(Problem::new(ErrorCode::TooManySessions, detail));
    }
    let SessionRequest { name, provider, settings } = request;
    let (provider, webhook_secret) = with_webhook_secret(provider, entropy);
    let session = settings.applied_to(Session::new(session_id, account_id, name, provider, now));
    sessions.put(&session).await?;
    Ok(Stored { session, webhook_secret })
}

/// Changes a session of an account as a body says, even if other requests change it at the same time.
///
/// One conditional write: when this dies before it, nothing has changed, and after it, all has.
pub async fn change(
    sessions: &(impl ReadSessions + ChangeSessions),
    entropy: &impl Entropy,
    account_id: AccountId,
    session_id: SessionId,
    body: &Value,
    rules: &SessionRules,
) -> Result<Stored, Problem> {
    for _ in 0..SESSION_CHANGE_TRIES {
        let seen = own_session(sessions, account_id, session_id).await?.session;
        let change = SessionChange::parse(body, rules, &seen).map_err(Problem::validation)?;
        let next = change.applied_to(seen.clone());
        let (provider, webhook_secret) = with_webhook_secret(next.provider.clone(), entropy);
        let next = Session { provider, ..next };
        if next == seen || sessions.change(&seen, &next).await? == Changed::Yes {
            return Ok(Stored { session: next, webhook_secret });
        }
    }
    let detail =
        "Others changed the session at the same time, again and again; nothing of this change is kept.";
    Err(Problem::new(ErrorCode::Unavailable, detail))
}

/// Ends what keeps a session back, and wakes it for what waits; the session as it is then.
///
/// A hold cannot be ended while a worker has the session: this is tried again until the worker has ended its message.
///
/// The hold ends first, and the lines are read after it: what was stored before has a ticket of ours, and a ticket of
/// what is stored later meets no hold. When this dies between the two, the tickets that the hold has put off come when
/// it would have ended, or when a sweep finds the session; calling again sends fresh ones.
pub async fn resume(
    sessions: &(impl ReadSessions + EndHolds),
    lines: &impl ReadLines,
    tickets: &impl SendTickets,
    entropy: &impl Entropy,
    clock: &impl Clock,
    (account_id, session_id): (AccountId, SessionId),
) -> Result<SessionState, Problem> {
    own_session(sessions, account_id, session_id).await?;
    let until = clock.now().plus_millis(RESUME_WITHIN_MS);
    while sessions.end_hold(session_id).await? == Changed::No {
        if clock.now() >= until {
            let detail = "The session is busy with a message; try again in a moment.";
            return Err(Problem::new(ErrorCode::Unavailable, detail));
        }
        clock.sleep(RESUME_PAUSE_MS).await;
    }
    wake_all(lines, tickets, entropy, session_id).await?;
    own_session(sessions, account_id, session_id).await
}

/// Sends a fresh ticket for each line: also for one whose first message is due later, since its ticket may have been put
/// off to the end of the hold.
async fn wake_all(
    lines: &impl ReadLines,
    tickets: &impl SendTickets,
    entropy: &impl Entropy,
    session_id: SessionId,
) -> Result<(), PortError> {
    for head in lines::heads(lines, session_id).await?.into_iter().flatten() {
        lines::wake(tickets, entropy, session_id, head).await?;
    }
    Ok(())
}

/// Generates the key of the session's webhooks, if its provider has such a key and the request did not give one.
fn with_webhook_secret(
    mut provider: ProviderConfig,
    entropy: &impl Entropy,
) -> (ProviderConfig, Option<Secret>) {
    let missing = provider.webhook_secret().filter(|secret| secret.is_none());
    let made = missing.map(|place| place.insert(secrets::webhook_secret(entropy)).clone());
    (provider, made)
}
