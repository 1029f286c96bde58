//! Seeded randomness: the only source of chance in a run.

use std::cell::Cell;

/// Chances are given as a part of this number, so that "one in some thousands" needs no fraction.
pub const ALWAYS: u32 = 10_000;

/// A generator of even bits (`SplitMix64`). Equal seeds give equal streams.
#[derive(Debug)]
pub struct Rng(Cell<u64>);

impl Rng {
    /// A stream of its own for every seed.
    pub const fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// 64 even bits.
    pub fn next_u64(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An even draw from `0..width`; zero when there is nothing to draw from.
    pub fn below(&self, width: usize) -> usize {
        let product = u128::from(self.next_u64()) * u128::try_from(width).unwrap_or(0);
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// An even draw from `min..=max`, or `min` when the range is reversed.
    pub fn between(&self, min: i64, max: i64) -> i64 {
        let width = u64::try_from(max.saturating_sub(min).saturating_add(1)).unwrap_or(1);
        let offset = (u128::from(self.next_u64()) * u128::from(width)) >> 64;
        min + i64::try_from(offset).unwrap_or(0)
    }

    /// True in `chance` of [`ALWAYS`] cases. Draws nothing when it cannot happen.
    pub fn chance(&self, chance: u32) -> bool {
        chance > 0 && self.between(1, i64::from(ALWAYS)) <= i64::from(chance)
    }

    /// One of several.
    pub fn pick<'a, T>(&self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_range_and_reach_both_ends() {
        let rng = Rng::new(7);
        let drawn: Vec<i64> = (0..1_000).map(|_| rng.between(-2, 2)).collect();
        assert!((-2..=2).all(|n| drawn.contains(&n)));
        assert!(drawn.iter().all(|n| (-2..=2).contains(n)));
        assert_eq!((0..100).filter(|_| rng.chance(ALWAYS)).count(), 100);
        assert_eq!((0..100).filter(|_| rng.chance(0)).count(), 0);
    }

    #[test]
    fn equal_seeds_give_equal_streams() {
        let (a, b) = (Rng::new(3), Rng::new(3));
        assert!((0..50).all(|_| a.next_u64() == b.next_u64()));
    }
}
