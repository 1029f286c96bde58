//! The ports of the sessions table.

use domain::sending::lease::Lease;
use domain::sending::pacer::{Pacer, Release};
use domain::session::{Deletion, Session, SessionState};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use shared::ports::{
    Acquisition, ChangeSessions, Changed, DeleteSessions, EndHolds, FinishDeletions, LeaseSessions,
    ListSessions, PortError, ReadSessions, WalkSessions, WriteSessions,
};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::event::Event;
use crate::faults::Sabotage;
use crate::session_table::Force;

/// The table of sessions, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Sessions {
    caller: Caller,
}

impl Caller {
    /// The table of sessions.
    pub fn sessions(&self) -> Sessions {
        Sessions { caller: self.clone() }
    }
}

impl Sessions {
    async fn read_both(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        let load = move |world: &World| {
            let mut state = world.sessions.borrow().load(session_id).cloned();
            if let Some(state) = &mut state {
                distort(world, &mut state.pacer);
                if let Some(limits) =
                    state.session.limits.as_mut().filter(|_| world.without(Sabotage::NoQuietHours))
                {
                    limits.quiet_hours = None;
                }
            }
            Ok(state)
        };
        self.caller.call(Kind::Read, "sessions.load", load).await
    }
}

/// A pacer as a reader gets it, with a rule about pacers taken out.
fn distort(world: &World, pacer: &mut Pacer) {
    if world.without(Sabotage::NoLease) {
        pacer.lease = None;
    }
    if world.without(Sabotage::NoRecovery)
        && let Some(lease) = &mut pacer.lease
    {
        lease.until = world.now().plus_millis(60_000);
    }
}

/// What a release leaves behind, with a rule about it taken out.
fn left_behind(world: &World, session_id: SessionId, release: &Release) -> Release {
    let mut left = release.clone();
    if world.without(Sabotage::NoGap) {
        (left.next_reply_at, left.next_bulk_at) = (Timestamp::EPOCH, Timestamp::EPOCH);
    }
    if world.without(Sabotage::CampaignGapForAll) {
        left.next_reply_at = left.next_bulk_at;
    }
    if world.without(Sabotage::NoHold) {
        left.hold = None;
    }
    if world.without(Sabotage::NoTally) {
        left.tally = None;
    }
    if world.without(Sabotage::NoNewContactsHold) {
        left.new_contacts_hold = None;
    }
    let sessions = world.sessions.borrow();
    if world.without(Sabotage::RecoveryUncounted)
        && sessions.is_recovery(session_id)
        && let Some(state) = sessions.load(session_id)
    {
        left.tally = state.pacer.release.tally;
    }
    if world.without(Sabotage::RecoveryWithoutGap)
        && sessions.is_recovery(session_id)
        && let Some(state) = sessions.load(session_id)
    {
        (left.next_reply_at, left.next_bulk_at) =
            (state.pacer.release.next_reply_at, state.pacer.release.next_bulk_at);
    }
    left
}

impl ReadSessions for Sessions {
    async fn load(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        self.read_both(session_id).await
    }
}

impl ListSessions for Sessions {
    async fn of_account(&self, account_id: AccountId) -> Result<Vec<SessionId>, PortError> {
        let list = move |world: &World| Ok(world.sessions.borrow().of_account(account_id, world.now()));
        self.caller.call(Kind::Read, "sessions.of_account", list).await
    }
}

impl WalkSessions for Sessions {
    async fn all(&self) -> Result<Vec<SessionId>, PortError> {
        let list = |world: &World| Ok(world.sessions.borrow().all());
        self.caller.call(Kind::Read, "sessions.all", list).await
    }
}

impl LeaseSessions for Sessions {
    async fn acquire(
        &self,
        session_id: SessionId,
        seen: Fence,
        lease: Lease,
    ) -> Result<Acquisition, PortError> {
        let acquire = move |world: &World| {
            let force = if world.without(Sabotage::NoLease) {
                Some(Force::NextFence)
            } else {
                world.without(Sabotage::AcquireIgnoresFence).then_some(Force::SameFence)
            };
            let (acquisition, event) = world.sessions.borrow_mut().acquire(session_id, seen, lease, force);
            world.tell(event);
            Ok(acquisition)
        };
        self.caller.call(Kind::Write, "sessions.acquire", acquire).await
    }

    async fn point_to(
        &self,
        session_id: SessionId,
        fence: Fence,
        message_id: MessageId,
    ) -> Result<bool, PortError> {
        let point_to = move |world: &World| {
            if world.without(Sabotage::NoPointing) {
                return Ok(true);
            }
            let is_done = world.sessions.borrow_mut().point_to(session_id, fence, message_id);
            world.tell(is_done.then_some(Event::Pointed(MessageKey { session_id, message_id }, fence)));
            Ok(is_done)
        };
        self.caller.call(Kind::Write, "sessions.point_to", point_to).await
    }

    async fn release(
        &self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
    ) -> Result<bool, PortError> {
        let release = release.clone();
        let effect = move |world: &World| {
            let left = left_behind(world, session_id, &release);
            let any_fence = world.without(Sabotage::ReleaseIgnoresFence);
            let (done, event) = world.sessions.borrow_mut().release(session_id, fence, &left, any_fence);
            world.tell(event);
            Ok(done)
        };
        self.caller.call(Kind::Write, "sessions.release", effect).await
    }
}

impl WriteSessions for Sessions {
    async fn put(&self, session: &Session) -> Result<(), PortError> {
        let session = session.clone();
        let lag = self.caller.rates().lag_ms;
        let lag = if lag == 0 { 0 } else { self.caller.world().rng.between(0, lag) };
        let put = move |world: &World| {
            let is_this = world.sessions.borrow_mut().put(&session, world.now().plus_millis(lag));
            is_this.then_some(()).ok_or_else(|| PortError::new("sessions.put", "the id is taken"))
        };
        self.caller.call(Kind::Write, "sessions.put", put).await
    }
}

impl ChangeSessions for Sessions {
    async fn change(&self, seen: &Session, next: &Session) -> Result<Changed, PortError> {
        let (seen, next) = (seen.clone(), next.clone());
        let change = move |world: &World| Ok(world.sessions.borrow_mut().change(&seen, &next));
        self.caller.call(Kind::Write, "sessions.change", change).await
    }
}

impl EndHolds for Sessions {
    async fn end_hold(&self, session_id: SessionId) -> Result<Changed, PortError> {
        let end = move |world: &World| {
            let event = world.sessions.borrow_mut().end_hold(session_id);
            let changed = if event.is_some() { Changed::Yes } else { Changed::No };
            world.tell(event);
            Ok(changed)
        };
        self.caller.call(Kind::Write, "sessions.end_hold", end).await
    }
}

impl DeleteSessions for Sessions {
    async fn mark_deleted(
        &self,
        account_id: AccountId,
        session_id: SessionId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, PortError> {
        let mark = move |world: &World| {
            let (marked, event) = world.sessions.borrow_mut().mark_deleted(account_id, session_id, now);
            world.tell(event);
            Ok(marked)
        };
        self.caller.call(Kind::Write, "sessions.mark_deleted", mark).await
    }
}

impl FinishDeletions for Sessions {
    async fn deletion(&self, session_id: SessionId) -> Result<Deletion, PortError> {
        let read = move |world: &World| Ok(world.sessions.borrow().deletion(session_id));
        self.caller.call(Kind::Read, "sessions.deletion", read).await
    }

    async fn remove(&self, session_id: SessionId) -> Result<(), PortError> {
        let remove = move |world: &World| {
            let event = world.sessions.borrow_mut().remove(session_id);
            world.tell(event);
            Ok(())
        };
        self.caller.call(Kind::Write, "sessions.remove", remove).await
    }
}
