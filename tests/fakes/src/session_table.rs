//! The table of sessions: configuration and pacer.

use std::collections::BTreeMap;

use domain::sending::lease::Lease;
use domain::sending::pacer::{Pacer, Release};
use domain::session::{Deletion, Session, SessionState};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::time::Timestamp;
use shared::ports::{Acquisition, Changed};

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
            state: SessionState { session: session.clone(), pacer: Pacer::default(), deleted_at: None },
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

    pub(crate) fn all(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    /// Whether the lease in force was taken over from a dead worker.
    pub(crate) fn is_recovery(&self, session_id: SessionId) -> bool {
        self.sessions.get(&session_id).is_some_and(|stored| stored.is_recovery)
    }

    /// Leases a session whose fence has not changed since it was read, or, if the rule is taken out, with any fence.
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

    /// Ends a lease with this fence, or, if the rule is taken out, with any fence.
    pub(crate) fn release(
        &mut self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
        any_fence: bool,
    ) -> Written<bool> {
        let Some(stored) = self.sessions.get_mut(&session_id) else { return (false, None) };
        let pacer = &mut stored.state.pacer;
        let is_in_force = pacer.fence == fence && pacer.lease.is_some();
        if !is_in_force && !any_fence {
            return (pacer.was_released(fence), None);
        }
        *pacer = pacer.released(release);
        stored.is_recovery = false;
        let gaps = [release.next_reply_at, release.next_bulk_at];
        let held_until = release.hold.as_ref().map(|hold| hold.until);
        (true, Some(Event::Released(session_id, fence, gaps, held_until)))
    }

    /// Replaces a session, if it has not changed since it was read and was not deleted.
    pub(crate) fn change(&mut self, seen: &Session, next: &Session) -> Changed {
        match self.sessions.get_mut(&seen.session_id).map(|stored| &mut stored.state) {
            Some(state) if state.deleted_at.is_none() && state.session == *seen => {
                state.session = next.clone();
                Changed::Yes
            }
            Some(state) if state.deleted_at.is_none() && state.session == *next => Changed::Yes,
            Some(_) | None => Changed::No,
        }
    }

    /// Ends all holds, where no lease is.
    pub(crate) fn end_hold(&mut self, session_id: SessionId) -> Option<Event> {
        let pacer = &mut self.sessions.get_mut(&session_id)?.state.pacer;
        if pacer.lease.is_some() {
            return None;
        }
        (pacer.release.hold, pacer.release.new_contacts_hold, pacer.release.looked, pacer.release.failures) =
            (None, None, None, 0);
        Some(Event::Resumed(session_id))
    }

    pub(crate) fn mark_deleted(
        &mut self,
        account_id: AccountId,
        session_id: SessionId,
        now: Timestamp,
    ) -> Written<Option<Timestamp>> {
        let Some(stored) = self.sessions.get_mut(&session_id) else { return (None, None) };
        if stored.state.session.account_id != account_id {
            return (None, None);
        }
        let event = stored.state.deleted_at.is_none().then_some(Event::SessionDeleted(session_id));
        (Some(*stored.state.deleted_at.get_or_insert(now)), event)
    }

    pub(crate) fn deletion(&self, session_id: SessionId) -> Deletion {
        let Some(state) = self.load(session_id) else { return Deletion::Gone };
        let account_id = state.session.account_id;
        state.deleted_at.map_or(Deletion::No, |at| Deletion::Marked { account_id, at })
    }

    pub(crate) fn remove(&mut self, session_id: SessionId) -> Option<Event> {
        if !matches!(self.deletion(session_id), Deletion::Marked { .. }) {
            return None;
        }
        self.sessions.remove(&session_id);
        Some(Event::SessionRemoved(session_id))
    }
}
