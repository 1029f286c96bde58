//! Encrypts the secrets of all sessions again, under the current secret of the stack.

use domain::values::ids::SessionId;
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::http::Problem;
use shared::ports::{ChangeSessions, Changed, PortError, ReadSessions, WalkSessions};

/// How often a session that others change at the same time is tried.
const ROUNDS_MAX: usize = 3;
/// How many are sealed at the same time.
const AT_ONCE: usize = 16;

/// What became of a session.
enum Sealed {
    Anew,
    /// The session is gone, or is being deleted.
    NotNeeded,
    /// No: other requests changed it in every round.
    No,
}

/// Encrypts the configurations of all sessions again. One that fails stays as it is, and is counted as `left`.
pub(crate) async fn reseal(
    sessions: &(impl WalkSessions + ReadSessions + ChangeSessions),
) -> Result<Value, Problem> {
    let (mut resealed, mut left) = (0, 0);
    for some in sessions.all().await?.chunks(AT_ONCE) {
        let sealed = join_all(some.iter().map(|session_id| reseal_one(sessions, *session_id))).await;
        for (session_id, sealed) in some.iter().zip(sealed) {
            match sealed {
                Ok(Sealed::Anew) => resealed += 1,
                Ok(Sealed::NotNeeded) => {}
                Ok(Sealed::No) => left += 1,
                Err(error) => {
                    tracing::error!(%session_id, %error, "could not seal a session anew");
                    left += 1;
                }
            }
        }
    }
    tracing::info!(resealed, left, "sealed sessions anew");
    Ok(json!({ "resealed": resealed, "left": left }))
}

/// Encrypts one session again, by changing it to the values that it has.
async fn reseal_one(
    sessions: &(impl ReadSessions + ChangeSessions),
    session_id: SessionId,
) -> Result<Sealed, PortError> {
    for _ in 0..ROUNDS_MAX {
        let state = sessions.load(session_id).await?.filter(|state| state.deleted_at.is_none());
        let Some(state) = state else { return Ok(Sealed::NotNeeded) };
        if sessions.change(&state.session, &state.session).await? == Changed::Yes {
            return Ok(Sealed::Anew);
        }
    }
    Ok(Sealed::No)
}
