//! Step 4: the right to send for the session.

use domain::message::pending::PendingKey;
use domain::sending::lease::{CallWindow, Lease, LeaseOwner};
use domain::session::SessionState;
use domain::tuning::LEASE_MS;
use domain::values::fence::Fence;
use domain::values::ids::MessageKey;
use shared::ports::{Acquisition, Clock, Entropy, LeaseSessions};

use crate::round::{Round, Stop};
use crate::{Deps, Dispatching};

/// A session under our lease.
pub(crate) struct Leased<'a> {
    /// The session as it was before the lease.
    pub(crate) state: &'a SessionState,
    /// The lease's fence, on which every write under it is conditional.
    pub(crate) fence: Fence,
    /// When a provider call may start.
    pub(crate) window: CallWindow,
}

impl Leased<'_> {
    /// Which row a place in the session's line belongs to.
    pub(crate) const fn row_key(&self, place: PendingKey) -> MessageKey {
        MessageKey { session_id: self.state.session.session_id, message_id: place.message_id }
    }
}

/// Leases a session that was free when it was read, if its fence is still the same. The lease names the best message.
pub(crate) async fn lease<'a, W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    state: &'a SessionState,
    best: PendingKey,
) -> Result<Leased<'a>, Stop> {
    let until = deps.clock.now().plus_millis(LEASE_MS);
    let lease =
        Lease { owner: LeaseOwner(deps.entropy.next_u64()), until, message_id: best.message_id, since: None };
    match deps.sessions.acquire(state.session.session_id, state.pacer.fence, lease).await? {
        Acquisition::Lost => Err(Stop::Again),
        Acquisition::Acquired(fence) => {
            let window = CallWindow { lease_until: until, deadline: round.deadline };
            Ok(Leased { state, fence, window })
        }
    }
}
