//! Runs many seeds on all processors and adds up what they came to.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fakes::{Fault, Sabotage};

use crate::checker::Counts;
use crate::promise::Violation;
use crate::run::{Outcome, run_seed};

/// What many runs came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Runs.
    pub seeds: u64,
    /// What they did.
    pub counts: Counts,
    /// How often each kind of fault was.
    pub faults: [u64; Fault::COUNT],
    /// Broken promises, with their seeds, lowest seed first.
    pub violations: Vec<(u64, Violation)>,
    /// How long class 1 messages waited beyond need, in milliseconds.
    pub reply_waits: Vec<i64>,
    /// Where in its range each gap lay, 0 to 999.
    pub gap_places: Vec<i64>,
    /// All trace hashes together, whatever the order in which the runs ended.
    pub trace_hash: u64,
}

impl Tally {
    fn add(&mut self, seed: u64, outcome: Outcome) {
        self.seeds += 1;
        self.counts.add(&outcome.counts);
        for (sum, count) in self.faults.iter_mut().zip(outcome.faults) {
            *sum += count;
        }
        self.violations.extend(outcome.violations.into_iter().map(|violation| (seed, violation)));
        self.reply_waits.extend(outcome.reply_waits);
        self.gap_places.extend(outcome.gap_places);
        self.trace_hash ^= outcome.trace_hash.rotate_left(u32::try_from(seed % 64).unwrap_or(0));
    }

    fn join(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.counts.add(&other.counts);
        for (sum, count) in self.faults.iter_mut().zip(other.faults) {
            *sum += count;
        }
        self.violations.extend(other.violations);
        self.reply_waits.extend(other.reply_waits);
        self.gap_places.extend(other.gap_places);
        self.trace_hash ^= other.trace_hash;
    }

    /// The value below which this many of a thousand waits for replies lie.
    pub fn reply_wait_ms(&self, per_mille: usize) -> i64 {
        let mut waits = self.reply_waits.clone();
        waits.sort_unstable();
        waits.get((waits.len() * per_mille / 1_000).min(waits.len().saturating_sub(1))).copied().unwrap_or(0)
    }

    /// How many faults there were in all.
    pub fn fault_total(&self) -> u64 {
        self.faults.iter().sum()
    }
}

/// Runs this many seeds from `first` on, as far as `goes_on` says, which is asked with the number of seeds begun.
pub fn run_seeds(
    first: u64,
    count: u64,
    sabotage: &[Sabotage],
    goes_on: impl Fn(u64) -> bool + Sync,
) -> Tally {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                let tally = work(&next, first, count, sabotage, &goes_on);
                total.lock().unwrap_or_else(PoisonError::into_inner).join(tally);
            });
        }
    });
    let mut total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    total.violations.sort_by_key(|(seed, violation)| (*seed, violation.at));
    total
}

fn work(
    next: &AtomicU64,
    first: u64,
    count: u64,
    sabotage: &[Sabotage],
    goes_on: &impl Fn(u64) -> bool,
) -> Tally {
    let mut tally = Tally::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count || !goes_on(number) {
            return tally;
        }
        let seed = first + number;
        tally.add(seed, run_seed(seed, sabotage));
    }
}
