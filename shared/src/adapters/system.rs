//! The machine's clock and randomness: the only place that may ask for them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use domain::values::time::Timestamp;

use crate::ports::{Clock, Entropy};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's own source of time")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's own way to wait")]
    async fn sleep(&self, millis: i64) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(0))).await;
    }
}

/// The machine's randomness, fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        // Ids and secrets made from anything else would be guessable: without randomness, nothing may go on.
        assert!(rand::fill(&mut bytes).is_ok(), "the machine has no randomness");
        u64::from_ne_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_set() {
        let first_release = Timestamp::parse_rfc3339("2025-01-01T00:00:00Z").unwrap();
        assert!(SystemClock.now() > first_release);
    }

    #[test]
    fn draws_differ() {
        let draws: std::collections::HashSet<u64> = (0..1000).map(|_| SystemEntropy.next_u64()).collect();
        assert_eq!(draws.len(), 1000);
    }
}
