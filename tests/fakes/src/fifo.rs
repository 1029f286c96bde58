//! A FIFO queue of SQS: groups in order, visibility, deduplication, look-up window, retention.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::sending::ticket::Delivery;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use shared::ports::Received;

use crate::rng::Rng;

/// For so long a second message with the same deduplication id is dropped.
const DEDUPLICATION_MS: i64 = 5 * 60 * 1000;
/// The queue looks for an available group among this many messages.
const WINDOW: usize = 120_000;
/// For so long a message is kept.
const RETENTION_MS: i64 = 14 * 24 * 3600 * 1000;
/// After this many receives a message goes to the dead-letter queue.
const RECEIVES_MAX: u32 = 100;

struct Stored {
    group: SessionId,
    body: String,
    sent_at: i64,
    receives: u32,
    /// Set while it is in flight.
    hidden_until: Option<i64>,
}

#[derive(Default)]
struct Group {
    order: VecDeque<u64>,
    in_flight: usize,
}

/// A FIFO queue.
#[derive(Default)]
pub(crate) struct Fifo {
    next: u64,
    messages: BTreeMap<u64, Stored>,
    groups: BTreeMap<SessionId, Group>,
    /// Groups with messages of which none is in flight, by their first message.
    ready: BTreeSet<(u64, SessionId)>,
    hidden: BTreeSet<(i64, u64)>,
    recent_ids: BTreeSet<(SessionId, String)>,
    recent_order: VecDeque<(i64, SessionId, String)>,
    /// The first message beyond this window, if there is one.
    window_end: Option<u64>,
}

/// What a receive gave, and what it did besides.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The messages, each with its group.
    pub(crate) records: Vec<(SessionId, Received)>,
    /// How many messages went to the dead-letter queue.
    pub(crate) dead: usize,
}

impl Fifo {
    /// Takes a message; `false` when it is dropped as a duplicate.
    pub(crate) fn send(&mut self, group: SessionId, deduplication_id: &str, body: String, now: i64) -> bool {
        self.forget_old_ids(now);
        let id = (group, deduplication_id.to_owned());
        if self.recent_ids.contains(&id) {
            return false;
        }
        self.recent_order.push_back((now + DEDUPLICATION_MS, id.0, id.1.clone()));
        self.recent_ids.insert(id);
        let number = self.next;
        self.next += 1;
        let stored = Stored { group, body, sent_at: now, receives: 0, hidden_until: None };
        self.messages.insert(number, stored);
        if self.messages.len() > WINDOW && self.window_end.is_none() {
            self.window_end = Some(number);
        }
        let line = self.groups.entry(group).or_default();
        line.order.push_back(number);
        if line.in_flight == 0 && line.order.len() == 1 {
            self.ready.insert((number, group));
        }
        true
    }

    fn forget_old_ids(&mut self, now: i64) {
        while self.recent_order.front().is_some_and(|(until, ..)| *until <= now) {
            if let Some((_, group, id)) = self.recent_order.pop_front() {
                self.recent_ids.remove(&(group, id));
            }
        }
    }

    /// Deletes all messages. What was sent lately is still taken for a duplicate.
    pub(crate) fn purge(&mut self) {
        let numbers: Vec<u64> = self.messages.keys().copied().collect();
        for number in numbers {
            self.remove(number);
        }
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether a receive would give something.
    pub(crate) fn has_ready(&self) -> bool {
        self.ready.first().is_some_and(|(first, _)| self.is_in_window(*first))
    }

    fn is_in_window(&self, number: u64) -> bool {
        self.window_end.is_none_or(|end| number < end)
    }

    /// Makes visible again what was hidden until now.
    pub(crate) fn show(&mut self, now: i64) {
        while let Some((until, number)) = self.hidden.first().copied() {
            if until > now {
                return;
            }
            self.unhide(number);
        }
    }

    fn unhide(&mut self, number: u64) {
        let Some(stored) = self.messages.get_mut(&number) else { return };
        let Some(until) = stored.hidden_until.take() else { return };
        self.hidden.remove(&(until, number));
        let group = stored.group;
        if let Some(line) = self.groups.get_mut(&group) {
            line.in_flight -= 1;
            if line.in_flight == 0
                && let Some(first) = line.order.front()
            {
                self.ready.insert((*first, group));
            }
        }
    }

    /// Drops what is too old; how many messages that were.
    pub(crate) fn expire(&mut self, now: i64) -> usize {
        let mut expired = 0;
        while let Some((number, stored)) = self.messages.first_key_value() {
            if stored.sent_at + RETENTION_MS > now {
                break;
            }
            let number = *number;
            self.remove(number);
            expired += 1;
        }
        expired
    }

    /// Hands out up to `limit` messages, of one group or of several, and hides them for a while. Which groups, and how
    /// much of each, nobody can rely on.
    pub(crate) fn receive(&mut self, limit: usize, visibility_ms: i64, now: i64, rng: &Rng) -> Batch {
        self.show(now);
        let mut batch = Batch::default();
        while batch.records.len() < limit {
            let near: Vec<(u64, SessionId)> = self
                .ready
                .iter()
                .copied()
                .take(10)
                .take_while(|(first, _)| self.is_in_window(*first))
                .collect();
            if near.is_empty() {
                break;
            }
            let (_, group) = *rng.pick(&near);
            let room = limit - batch.records.len();
            let share = 1 + rng.below(room);
            self.receive_group(group, share, now + visibility_ms, &mut batch);
            if rng.below(4) == 0 {
                break;
            }
        }
        batch
    }

    fn receive_group(&mut self, group: SessionId, share: usize, until: i64, batch: &mut Batch) {
        batch.dead += self.drop_poison(group, share);
        let Some(line) = self.groups.get(&group) else { return };
        let numbers: Vec<u64> =
            line.order.iter().copied().take(share).take_while(|number| self.is_in_window(*number)).collect();
        if let Some(first) = numbers.first() {
            self.ready.remove(&(*first, group));
        }
        batch.records.extend(numbers.into_iter().filter_map(|number| self.take(number, until)));
    }

    /// Takes those of a group's first messages away that were received too often; how many that were.
    fn drop_poison(&mut self, group: SessionId, share: usize) -> usize {
        let Some(line) = self.groups.get(&group) else { return 0 };
        let is_poison = |number: &u64| self.messages.get(number).is_some_and(|m| m.receives >= RECEIVES_MAX);
        let poison: Vec<u64> = line.order.iter().copied().take(share).filter(is_poison).collect();
        for number in &poison {
            self.remove(*number);
        }
        poison.len()
    }

    fn take(&mut self, number: u64, until: i64) -> Option<(SessionId, Received)> {
        let stored = self.messages.get_mut(&number)?;
        stored.receives += 1;
        stored.hidden_until = Some(until);
        self.hidden.insert((until, number));
        self.groups.entry(stored.group).or_default().in_flight += 1;
        let delivery =
            Delivery { receives: stored.receives, sent_at: Timestamp::from_millis(stored.sent_at) };
        let handle = format!("{number}:{}", stored.receives);
        Some((stored.group, Received { id: number.to_string(), handle, body: stored.body.clone(), delivery }))
    }

    /// The message of a handle that is still good.
    fn in_flight(&self, handle: &str, now: i64) -> Option<u64> {
        let (number, receives) = handle.split_once(':')?;
        let (number, receives): (u64, u32) = (number.parse().ok()?, receives.parse().ok()?);
        let stored = self.messages.get(&number)?;
        let is_good = stored.receives == receives && stored.hidden_until.is_some_and(|until| until > now);
        is_good.then_some(number)
    }

    /// Hides a message that is in flight for another while; `false` when the handle is no longer good.
    pub(crate) fn hide(&mut self, handle: &str, until: i64, now: i64) -> bool {
        let Some(number) = self.in_flight(handle, now) else { return false };
        if let Some(stored) = self.messages.get_mut(&number)
            && let Some(before) = stored.hidden_until.replace(until)
        {
            self.hidden.remove(&(before, number));
            self.hidden.insert((until, number));
        }
        true
    }

    /// Deletes a message that is in flight; `false` when the handle is no longer good, and the message stays.
    pub(crate) fn delete(&mut self, handle: &str, now: i64) -> bool {
        let Some(number) = self.in_flight(handle, now) else { return false };
        self.remove(number);
        true
    }

    fn remove(&mut self, number: u64) {
        let Some(stored) = self.messages.remove(&number) else { return };
        if let Some(until) = stored.hidden_until {
            self.hidden.remove(&(until, number));
        }
        if let Some(line) = self.groups.get_mut(&stored.group) {
            let was_first = line.order.front() == Some(&number);
            line.order.retain(|other| *other != number);
            line.in_flight -= usize::from(stored.hidden_until.is_some());
            if was_first {
                self.ready.remove(&(number, stored.group));
            }
            match line.order.front() {
                Some(first) if line.in_flight == 0 => drop(self.ready.insert((*first, stored.group))),
                Some(_) => {}
                None => drop(self.groups.remove(&stored.group)),
            }
        }
        self.move_window(number);
    }

    /// A message left the window: the next one beyond comes in.
    fn move_window(&mut self, removed: u64) {
        if let Some(end) = self.window_end
            && removed < end
        {
            self.window_end = self.messages.range(end..).nth(1).map(|(number, _)| *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::values::ids::SessionId;

    use super::*;

    const NOW: i64 = 1_000_000;
    const VISIBILITY: i64 = 25_000;

    fn group(n: u128) -> SessionId {
        SessionId::new(Timestamp::from_millis(NOW), n)
    }

    fn receive(queue: &mut Fifo, now: i64) -> Vec<(SessionId, Received)> {
        let rng = Rng::new(1);
        let mut all = Vec::new();
        loop {
            let batch = queue.receive(10, VISIBILITY, now, &rng).records;
            if batch.is_empty() {
                return all;
            }
            all.extend(batch);
        }
    }

    #[test]
    fn a_group_in_flight_is_blocked_and_in_order() {
        let mut queue = Fifo::default();
        for n in 0..30 {
            assert!(queue.send(group(n % 2), &n.to_string(), n.to_string(), NOW));
        }
        let first = receive(&mut queue, NOW);
        assert!(!queue.has_ready());
        assert!(first.len() < 30);
        let of_one: Vec<&str> =
            first.iter().filter(|(g, _)| *g == group(0)).map(|(_, r)| r.body.as_str()).collect();
        assert_eq!(of_one, ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18"][..of_one.len()]);
        for (_, record) in &first {
            assert!(queue.delete(&record.handle, NOW + 1));
        }
        assert!(queue.has_ready());
    }

    #[test]
    fn what_is_not_deleted_comes_again_and_old_handles_are_void() {
        let mut queue = Fifo::default();
        queue.send(group(1), "a", String::new(), NOW);
        let first = receive(&mut queue, NOW).remove(0).1;
        assert!(queue.hide(&first.handle, NOW + 3_000, NOW + 1));
        assert!(receive(&mut queue, NOW + 2_999).is_empty());
        let again = receive(&mut queue, NOW + 3_000).remove(0).1;
        assert_eq!((again.id.as_str(), again.delivery.receives), (first.id.as_str(), 2));
        assert!(!queue.delete(&first.handle, NOW + 3_001));
        assert!(!queue.delete(&again.handle, NOW + 3_000 + VISIBILITY));
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn a_repeated_id_is_dropped_for_five_minutes_in_its_group() {
        let mut queue = Fifo::default();
        assert!(queue.send(group(1), "a", String::new(), NOW));
        assert!(!queue.send(group(1), "a", String::new(), NOW + DEDUPLICATION_MS - 1));
        assert!(queue.send(group(2), "a", String::new(), NOW));
        assert!(queue.send(group(1), "a", String::new(), NOW + DEDUPLICATION_MS));
    }

    #[test]
    fn poison_and_old_messages_go() {
        let mut queue = Fifo::default();
        queue.send(group(1), "a", String::new(), NOW);
        let rng = Rng::new(1);
        let dead: usize = (0..).map(|n| queue.receive(10, 1, NOW + n, &rng).dead).take(101).sum();
        assert_eq!((dead, queue.len()), (1, 0));
        queue.send(group(1), "b", String::new(), NOW);
        assert_eq!((queue.expire(NOW + RETENTION_MS - 1), queue.expire(NOW + RETENTION_MS)), (0, 1));
    }

    #[test]
    fn a_long_backlog_of_one_group_hides_what_is_behind_it() {
        let mut queue = Fifo::default();
        for n in 0..=WINDOW {
            queue.send(group(1), &n.to_string(), String::new(), NOW);
        }
        queue.send(group(2), "small", String::new(), NOW);
        let rng = Rng::new(1);
        let first = queue.receive(10, VISIBILITY, NOW, &rng).records;
        assert!(first.iter().all(|(g, _)| *g == group(1)));
        assert!(!queue.has_ready(), "the small one is beyond the window");
        for (_, record) in first.iter().take(2) {
            queue.delete(&record.handle, NOW + 1);
        }
        assert!(queue.has_ready() == (first.len() > 1));
    }
}
