//! The table of sessions, as each role sees it.

use domain::sending::allowance::Paced;
use domain::sending::lease::Lease;
use domain::sending::pacer::Release;
use domain::session::{Deletion, Session, SessionState};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::time::Timestamp;

use super::PortError;

/// Looking sessions up.
pub trait ReadSessions {
    /// A session and its pacer, strongly consistent.
    async fn load(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError>;
}

/// Listing the sessions of an account.
pub trait ListSessions {
    /// The sessions of an account. Eventually consistent.
    async fn of_account(&self, account_id: AccountId) -> Result<Vec<SessionId>, PortError>;
}

/// What became of an attempt to lease a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquisition {
    /// The session is ours, under this fence.
    Acquired(Fence),
    /// Another worker was faster.
    Lost,
}

/// The dispatcher's view: leasing and releasing sessions.
pub trait LeaseSessions {
    /// Leases a session whose fence is still `seen`, and counts the fence up.
    ///
    /// All other conditions (free or abandoned, not held, gap over) were decided on the state that was read with that
    /// fence, and cannot have changed for the worse without the fence changing: only a lease can do that.
    /// The same `lease.owner` a second time is the same acquisition.
    async fn acquire(
        &self,
        session_id: SessionId,
        seen: Fence,
        lease: Lease,
    ) -> Result<Acquisition, PortError>;

    /// Names another message as the one in hand; `false` when the fence is no longer `fence`.
    async fn point_to(
        &self,
        session_id: SessionId,
        fence: Fence,
        message_id: MessageId,
    ) -> Result<bool, PortError>;

    /// Ends a lease and leaves gaps and hold behind; `false` when it was taken over. Nothing changes when it was ended
    /// before, whatever has become of the session since.
    async fn release(
        &self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
    ) -> Result<bool, PortError>;
}

/// Going over the sessions of all accounts, for operators.
pub trait WalkSessions {
    /// All of them, those that are being deleted included. Reads the whole table.
    async fn all(&self) -> Result<Vec<SessionId>, PortError>;
}

/// Making sessions.
pub trait WriteSessions {
    /// Stores a new session, its secrets encrypted.
    async fn put(&self, session: &Session) -> Result<(), PortError>;
}

/// What became of a change of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is stored.
    Yes,
    /// The session is not (any more) as it was seen; nothing was changed.
    No,
}

/// Changing sessions that there are.
pub trait ChangeSessions {
    /// Replaces a session, if the stored one has not changed since it was read and was not deleted.
    async fn change(&self, seen: &Session, next: &Session) -> Result<Changed, PortError>;
}

/// Ending the holds of sessions.
pub trait EndHolds {
    /// Ends what keeps a session back, new contacts included: a hold, and how far its lines were looked through. Nothing
    /// changes while a worker has the lease, since that worker would write back what it has read. Doing it twice changes
    /// nothing more.
    async fn end_hold(&self, session_id: SessionId) -> Result<Changed, PortError>;
}

/// Marking sessions as deleted.
pub trait DeleteSessions {
    /// Marks a session of an account as deleted; the time at which that was first done. `None` when the account has no
    /// such session. Twice is the same as once.
    async fn mark_deleted(
        &self,
        account_id: AccountId,
        session_id: SessionId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, PortError>;
}

/// Bringing deletions to their end.
pub trait FinishDeletions {
    /// How far the deletion of a session is. Strongly consistent.
    async fn deletion(&self, session_id: SessionId) -> Result<Deletion, PortError>;

    /// Removes a session that is marked as deleted, its secrets included. Twice is the same as once.
    async fn remove(&self, session_id: SessionId) -> Result<(), PortError>;
}

/// Reading only the values that decide when a session may send.
pub trait ReadPacers {
    /// A session's pacer and limits, strongly consistent; as they are for a new session when there is none.
    async fn pacer(&self, session_id: SessionId) -> Result<Paced, PortError>;
}
