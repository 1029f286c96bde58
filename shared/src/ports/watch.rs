//! The table of watched sessions: those that have work, or had some not long ago.

use domain::values::ids::SessionId;
use domain::values::time::Timestamp;

use super::PortError;

/// Noting sessions.
pub trait WatchSessions {
    /// Notes that a session has work, and ends its rest. An older note changes nothing about a newer one.
    async fn watch(&self, session_id: SessionId, now: Timestamp) -> Result<(), PortError>;
}

/// A watched session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedSession {
    /// Which.
    pub session_id: SessionId,
    /// When it was last noted.
    pub watched_at: Timestamp,
    /// Sweeps do nothing about the session before this time.
    pub rests_until: Option<Timestamp>,
    /// When a sweep first found that it stands still although it could send; `None` while it does not.
    pub still_since: Option<Timestamp>,
}

/// Some of the watched sessions of a shard, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchedPage {
    /// The sessions.
    pub sessions: Vec<WatchedSession>,
    /// Whether there are no more.
    pub is_all: bool,
}

/// Going over the watched sessions.
pub trait SweepSessions {
    /// The first `limit` sessions of a shard after the given one. Eventually consistent.
    async fn watched(
        &self,
        shard: u8,
        after: Option<SessionId>,
        limit: usize,
    ) -> Result<WatchedPage, PortError>;

    /// Lets a session rest, unless it was noted again since it was read; in that case returns `false`.
    async fn rest(&self, seen: &WatchedSession, until: Timestamp) -> Result<bool, PortError>;

    /// Notes since when a session stands still, or that it no longer does, unless it was noted again since it was read; in
    /// that case returns `false`.
    async fn stands_still(&self, seen: &WatchedSession, since: Option<Timestamp>) -> Result<bool, PortError>;

    /// Forgets a session, unless it was noted again since it was read; in that case returns `false`.
    async fn forget(&self, seen: &WatchedSession) -> Result<bool, PortError>;
}
