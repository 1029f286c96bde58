//! Who may send for a session: a lease with a fence.

use serde::{Deserialize, Serialize};

use crate::tuning::{PROVIDER_TIMEOUT_MS, RECORD_MARGIN_MS};
use crate::values::fence::Fence;
use crate::values::ids::MessageId;
use crate::values::time::Timestamp;

/// One worker's right to send for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// A number of this one acquisition. It tells a worker whose write was repeated by the SDK from one that lost a race.
    pub owner: LeaseOwner,
    /// After this time anyone may take the session over.
    pub until: Timestamp,
    /// The message that is being sent; a recovery looks there first.
    pub message_id: MessageId,
    /// Of a recovery: the fence of the lease whose worker died, however many recoveries have died since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Fence>,
}

/// See [`Lease::owner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseOwner(pub u64);

/// Until when a worker may still start a provider call: its lease and its invocation both end at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallWindow {
    /// When the lease ends, by the worker's own clock.
    pub lease_until: Timestamp,
    /// When the invocation ends.
    pub deadline: Timestamp,
}

impl CallWindow {
    /// Whether a call that starts now ends, and is recorded, before both are over, even when the provider hangs.
    pub fn allows_call(self, now: Timestamp) -> bool {
        now.plus_millis(PROVIDER_TIMEOUT_MS + RECORD_MARGIN_MS) <= self.lease_until.min(self.deadline)
    }
}
