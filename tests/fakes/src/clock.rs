//! The clock and the randomness of one caller.

use domain::values::time::Timestamp;
use shared::ports::{Clock, Entropy};

use crate::caller::Caller;

/// A caller's own clock, which may be off.
#[derive(Clone, Debug)]
pub struct WorkerClock {
    caller: Caller,
}

/// A caller's randomness, which comes from the seed.
#[derive(Clone, Debug)]
pub struct Dice {
    caller: Caller,
}

impl Caller {
    /// Its clock.
    pub fn clock(&self) -> WorkerClock {
        WorkerClock { caller: self.clone() }
    }

    /// Its randomness.
    pub fn entropy(&self) -> Dice {
        Dice { caller: self.clone() }
    }
}

impl Clock for WorkerClock {
    fn now(&self) -> Timestamp {
        self.caller.now()
    }

    async fn sleep(&self, millis: i64) {
        self.caller.world().sleep(millis).await;
    }
}

impl Entropy for Dice {
    fn next_u64(&self) -> u64 {
        self.caller.world().rng().next_u64()
    }
}
