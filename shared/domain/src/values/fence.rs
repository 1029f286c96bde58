//! The number that fences off workers whose lease is over.

use serde::{Deserialize, Serialize};

/// A number that grows with each lease of a session. Every write under a lease is conditional on it, so that a worker
/// that outlived its lease changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

impl Fence {
    /// The fence of the next lease.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
