//! A standard queue of SQS: delays, at least once, in no order.

use std::collections::{BTreeMap, BTreeSet};

use domain::sending::ticket::Delivery;
use domain::values::time::Timestamp;
use shared::ports::Received;

use crate::rng::Rng;

/// Longest delay, in seconds.
pub(crate) const DELAY_MAX_S: u32 = 900;
/// So many receives make a message poison.
const RECEIVES_MAX: u32 = 100;

struct Stored {
    body: String,
    receives: u32,
    sent_at: i64,
    shown_at: i64,
}

/// A standard queue.
#[derive(Default)]
pub(crate) struct Standard {
    next: u64,
    messages: BTreeMap<u64, Stored>,
    by_time: BTreeSet<(i64, u64)>,
}

impl Standard {
    /// Takes a message that is shown then.
    pub(crate) fn send(&mut self, body: String, now: i64, shown_at: i64) {
        let number = self.next;
        self.next += 1;
        self.messages.insert(number, Stored { body, receives: 0, sent_at: now, shown_at });
        self.by_time.insert((shown_at, number));
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether a receive would give something.
    pub(crate) fn has_ready(&self, now: i64) -> bool {
        self.by_time.first().is_some_and(|(shown_at, _)| *shown_at <= now)
    }

    /// Takes those that were received too often out of the next ones; how many that were.
    pub(crate) fn drop_poison(&mut self, limit: usize, now: i64) -> usize {
        let next: Vec<u64> =
            self.by_time.iter().take(limit * 4).take_while(|(at, _)| *at <= now).map(|(_, n)| *n).collect();
        let is_poison = |number: &u64| self.messages.get(number).is_some_and(|m| m.receives >= RECEIVES_MAX);
        let poison: Vec<u64> = next.into_iter().filter(is_poison).collect();
        for number in &poison {
            self.remove(*number);
        }
        poison.len()
    }

    fn remove(&mut self, number: u64) {
        if let Some(stored) = self.messages.remove(&number) {
            self.by_time.remove(&(stored.shown_at, number));
        }
    }

    /// Hands out up to `limit` messages and hides them for a while.
    pub(crate) fn receive(&mut self, limit: usize, visibility_ms: i64, now: i64, rng: &Rng) -> Vec<Received> {
        let mut shown: Vec<u64> =
            self.by_time.iter().take(limit * 4).take_while(|(at, _)| *at <= now).map(|(_, n)| *n).collect();
        let count = shown.len().min(limit);
        (0..count)
            .filter_map(|_| {
                let number = shown.swap_remove(rng.below(shown.len()));
                self.take(number, now + visibility_ms)
            })
            .collect()
    }

    fn take(&mut self, number: u64, until: i64) -> Option<Received> {
        let stored = self.messages.get_mut(&number)?;
        self.by_time.remove(&(stored.shown_at, number));
        stored.receives += 1;
        stored.shown_at = until;
        self.by_time.insert((until, number));
        let handle = format!("{number}:{}", stored.receives);
        let delivery =
            Delivery { receives: stored.receives, sent_at: Timestamp::from_millis(stored.sent_at) };
        Some(Received { id: number.to_string(), handle, body: stored.body.clone(), delivery })
    }

    /// Hides a message that was received until then; `false` when its handle is no longer good.
    pub(crate) fn hide(&mut self, handle: &str, until: i64) -> bool {
        let Some((number, receives)) = handle.split_once(':') else { return false };
        let (Ok(number), Ok(receives)) = (number.parse::<u64>(), receives.parse::<u32>()) else {
            return false;
        };
        let Some(stored) = self.messages.get_mut(&number).filter(|stored| stored.receives == receives) else {
            return false;
        };
        self.by_time.remove(&(stored.shown_at, number));
        stored.shown_at = until;
        self.by_time.insert((until, number));
        true
    }

    /// Deletes a message. A standard queue takes old handles as well.
    pub(crate) fn delete(&mut self, handle: &str) {
        let number = handle.split_once(':').and_then(|(number, _)| number.parse().ok());
        if let Some(number) = number {
            self.remove(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_after_its_delay_and_until_it_is_deleted() {
        let (mut queue, rng) = (Standard::default(), Rng::new(1));
        queue.send("a".to_owned(), 0, 5_000);
        assert!(queue.receive(10, 1_000, 4_999, &rng).is_empty());
        assert_eq!(queue.receive(10, 1_000, 5_000, &rng)[0].body, "a");
        assert!(!queue.has_ready(5_999));
        let again = queue.receive(10, 1_000, 6_000, &rng);
        assert_eq!(again[0].delivery.receives, 2);
        queue.delete(&again[0].handle);
        assert_eq!(queue.len(), 0);
    }
}
