//! Randomness that a request which is sent again draws again.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::access::idempotency::Seed;

use crate::ports::{Entropy, Keyring};

/// Random bytes from a request's seed and the stack's keys: the same for the same request, and impossible to guess. So secrets
/// may be made from them, although the seed itself is stored.
pub struct SeededEntropy<'a, K> {
    keyring: &'a K,
    seed: Seed,
    drawn: AtomicU64,
}

impl<'a, K: Keyring> SeededEntropy<'a, K> {
    /// The randomness of a request with this seed.
    pub const fn new(keyring: &'a K, seed: Seed) -> Self {
        Self { keyring, seed, drawn: AtomicU64::new(0) }
    }
}

impl<K: Keyring> Entropy for SeededEntropy<'_, K> {
    fn next_u64(&self) -> u64 {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let sealed = self.keyring.seal(&format!("entropy {:032x} {number}", self.seed.random));
        let mut bits = [0; 8];
        bits.copy_from_slice(&sealed[..8]);
        u64::from_be_bytes(bits)
    }
}
