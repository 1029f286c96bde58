//! A session that a request names.

use domain::session::SessionState;
use domain::values::ids::{AccountId, SessionId};

use super::problem::Problem;
use super::sessions::session_not_found;
use crate::ports::ReadSessions;

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
