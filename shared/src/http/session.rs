//! A session that a request names.

use domain::ids::{AccountId, SessionId};
use domain::session::SessionState;

use super::problem::{ErrorCode, Problem};
use crate::ports::ReadSessions;

/// A session of an account. A session of another account is as unknown as one that never was (`isolated`).
pub async fn own_session(
    sessions: &impl ReadSessions,
    account_id: AccountId,
    session_id: SessionId,
) -> Result<SessionState, Problem> {
    let found = sessions.load(session_id).await?;
    found.filter(|state| state.session.account_id == account_id).ok_or_else(|| {
        Problem::new(ErrorCode::SessionNotFound, format!("You have no session with the id {session_id}."))
    })
}
