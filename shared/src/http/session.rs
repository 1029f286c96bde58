//! A session that a request names.

use domain::session::SessionState;
use domain::values::ids::{AccountId, SessionId};

use serde_json::Value;

use super::problem::Problem;
use super::sessions::session_not_found;
use crate::ports::{PortError, ReadSessions};

/// The session that a body names, if its account has it: what else the body says is read by it, before anything is refused.
pub async fn named_session(
    sessions: &impl ReadSessions,
    account_id: AccountId,
    body: &Value,
) -> Result<Option<SessionState>, PortError> {
    let Some(session_id) = domain::request::named_session(body) else { return Ok(None) };
    let found = sessions.load(session_id).await?;
    Ok(found.filter(|state| state.is_open_to(account_id)))
}

/// A session of an account. Another account's session is reported as not found (`isolated`), and so is
/// one that was deleted.
pub async fn own_session(
    sessions: &impl ReadSessions,
    account_id: AccountId,
    session_id: SessionId,
) -> Result<SessionState, Problem> {
    let found = sessions.load(session_id).await?;
    found
        .filter(|state| state.is_open_to(account_id))
        .ok_or_else(|| session_not_found(&session_id.to_string()))
}
