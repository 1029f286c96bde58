//! The table of sessions: configuration and pacer.

use std::collections::BTreeMap;

use domain::ids::{AccountId, MessageId, SessionId};
use domain::lease::{Fence, Lease};
use domain::pacer::{Pacer, Release};
use domain::session::{Session, SessionState};
use domain::time::Timestamp;
use shared::ports::Acquisition;

use crate::event::Event;
use crate::message_table::Written;

/// How an acquisition goes through although another worker was faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    /// As if the other one had never been: both have the same fence.
    SameFence,
    /// As if the other one had released its lease already.
    NextFence,
}

struct Stored {
    state: SessionState,
    indexed_at: Timestamp,
    /// Whether the lease in force was taken over from a dead worker.
    is_recovery: bool,
}

/// Sessions, and the index by account.
#[derive(Default)]
pub(crate) struct SessionTable {
    sessions: BTreeMap<SessionId, Stored>,
}

impl SessionTable {
    /// Stores a new session; `indexed_at` is when the index by account will know of it. `false` when its id is taken by
    /// another one.
    pub(crate) fn put(&mut self, session: &Session, indexed_at: Timestamp) -> bool {
        let stored = self.sessions.entry(session.session_id).or_insert_with(|| Stored {
            state: SessionState { session: session.clone(), pacer: Pacer::default() },
            indexed_at,
            is_recovery: false,
        });
        stored.state.session == *session
    }

    pub(crate) fn load(&self, session_id: SessionId) -> Option<&SessionState> {
        self.sessions.get(&session_id).map(|stored| &stored.state)
    }

    pub(crate) fn of_account(&self, account_id: AccountId, now: Timestamp) -> Vec<SessionId> {
        let known = self.sessions.values().filter(|stored| stored.indexed_at <= now);
        let sessions =
            known.map(|stored| &stored.state.session).filter(|session| session.account_id == account_id);
        sessions.map(|session| session.session_id).collect()
    }

    /// Whether the lease in force was taken over from a dead worker.
    pub(crate) fn is_recovery(&self, session_id: SessionId) -> bool {
        self.sessions.get(&session_id).is_some_and(|stored| stored.is_recovery)
    }

    /// Leases a session whose fence is still the one that was seen, or whatever its fence.
    pub(crate) fn acquire(
        &mut self,
        session_id: SessionId,
        seen: Fence,
        lease: Lease,
        force: Option<Force>,
    ) -> Written<Acquisition> {
        let Some(stored) = self.sessions.get_mut(&session_id) else { return (Acquisition::Lost, None) };
        let pacer = &mut stored.state.pacer;
        let is_ours = pacer.fence == seen.next() && pacer.lease.is_some_and(|held| held.owner == lease.owner);
        if is_ours {
            return (Acquisition::Acquired(pacer.fence), None);
        }
        if pacer.fence != seen && force.is_none() {
            return (Acquisition::Lost, None);
        }
        stored.is_recovery = pacer.lease.is_some();
        pacer.fence = if force == Some(Force::SameFence) { seen.next() } else { pacer.fence.next() };
        pacer.lease = Some(lease);
        let event = Event::Leased(session_id, pacer.fence, lease.until);
        (Acquisition::Acquired(pacer.fence), Some(event))
    }

    /// Names another message as the one in hand, if the lease is still there.
    pub(crate) fn point_to(&mut self, session_id: SessionId, fence: Fence, message_id: MessageId) -> bool {
        let pacer = self.sessions.get_mut(&session_id).map(|stored| &mut stored.state.pacer);
        match pacer.filter(|pacer| pacer.fence == fence).and_then(|pacer| pacer.lease.as_mut()) {
            Some(lease) => {
                lease.message_id = message_id;
                true
            }
            None => false,
        }
    }

    /// Ends a lease, if the fence is still this one, or whatever it is.
    pub(crate) fn release(
        &mut self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
        any_fence: bool,
    ) -> Written<bool> {
        let Some(stored) = self.sessions.get_mut(&session_id) else { return (false, None) };
        let pacer = &mut stored.state.pacer;
        if pacer.fence != fence && !any_fence {
            return (false, None);
        }
        *pacer = pacer.released(release);
        stored.is_recovery = false;
        let gaps = [release.next_reply_at, release.next_bulk_at];
        let held_until = release.hold.as_ref().map(|hold| hold.until);
        (true, Some(Event::Released(session_id, fence, gaps, held_until)))
    }
}
