//! What waits in a session, as far as it was looked at, and the choice of what goes next.

use crate::ids::MessageId;
use crate::pacer::Pacer;
use crate::pending::PendingKey;
use crate::priority::Priority;
use crate::time::Timestamp;

/// The first message of one priority's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// This one goes first.
    Is(PendingKey),
    /// Nothing of this priority waits.
    Empty,
    /// Not looked at yet.
    Unknown,
}

/// One priority's line, as far as it was read.
#[derive(Clone, Debug, Default)]
struct Line {
    keys: Vec<PendingKey>,
    read_to_end: bool,
}

/// What waits in a session. Made from strongly consistent reads of its `pending` index, in sending order.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    lines: [Line; 3],
}

/// What a session should do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Send this one now.
    Send(PendingKey),
    /// Nothing may go before this time.
    Wait(Timestamp),
    /// Nothing waits.
    Nothing,
    /// A line must be read before this can be answered.
    Look(Priority),
}

const fn slot(priority: Priority) -> usize {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Bulk => 2,
    }
}

impl Survey {
    /// From the first page of the index; `is_all` when it held everything.
    pub fn from_first_page(page: &[PendingKey], is_all: bool) -> Self {
        let mut survey = Self::default();
        let last_read = page.last().map_or(Priority::High, |key| key.priority);
        for priority in Priority::ALL {
            let line = &mut survey.lines[slot(priority)];
            line.keys = page.iter().copied().filter(|key| key.priority == priority).collect();
            line.read_to_end = is_all || priority < last_read;
        }
        survey
    }

    /// Adds what a look at one line alone has shown.
    pub fn learn(&mut self, priority: Priority, keys: Vec<PendingKey>, is_all: bool) {
        self.lines[slot(priority)] = Line { keys, read_to_end: is_all };
    }

    /// The first message of a priority.
    pub fn head(&self, priority: Priority) -> Head {
        let line = &self.lines[slot(priority)];
        match (line.keys.first(), line.read_to_end) {
            (Some(key), _) => Head::Is(*key),
            (None, true) => Head::Empty,
            (None, false) => Head::Unknown,
        }
    }

    /// Takes a message out that no longer waits.
    pub fn remove(&mut self, message_id: MessageId) {
        for line in &mut self.lines {
            line.keys.retain(|key| key.message_id != message_id);
        }
    }

    /// Puts a message in its new place. Beyond the part of the line that was read this changes nothing.
    pub fn move_to(&mut self, key: PendingKey) {
        self.remove(key.message_id);
        let line = &mut self.lines[slot(key.priority)];
        if line.read_to_end || line.keys.last().is_some_and(|last| key < *last) {
            let place = line.keys.partition_point(|other| *other < key);
            line.keys.insert(place, key);
        }
    }

    /// What goes next: the most urgent priority first, inside it the earliest due (`priority_strict`).
    pub fn pick(&self, now: Timestamp, pacer: &Pacer) -> Pick {
        let mut earliest: Option<Timestamp> = None;
        for priority in Priority::ALL {
            match self.head(priority) {
                Head::Unknown => return Pick::Look(priority),
                Head::Empty => {}
                Head::Is(key) => {
                    let at = key.due.max(pacer.gap_ends(priority));
                    if at <= now {
                        return Pick::Send(key);
                    }
                    earliest = Some(earliest.map_or(at, |e| e.min(at)));
                }
            }
        }
        earliest.map_or(Pick::Nothing, Pick::Wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn key(priority: Priority, due: i64, n: u128) -> PendingKey {
        let due = NOW.plus_millis(due);
        PendingKey { priority, due, message_id: MessageId::new(NOW, n) }
    }

    fn pacer(reply: i64, bulk: i64) -> Pacer {
        Pacer {
            next_reply_at: NOW.plus_millis(reply),
            next_bulk_at: NOW.plus_millis(bulk),
            ..Pacer::default()
        }
    }

    #[test]
    fn urgent_before_early() {
        let (high, normal) = (key(Priority::High, 0, 1), key(Priority::Normal, -100, 2));
        let survey = Survey::from_first_page(&[high, normal], true);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Send(high));
    }

    #[test]
    fn what_is_not_due_holds_nothing_back() {
        let (high, bulk) = (key(Priority::High, 1, 1), key(Priority::Bulk, 0, 2));
        let survey = Survey::from_first_page(&[high, bulk], true);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Send(bulk));
    }

    #[test]
    fn a_reply_does_not_wait_for_a_campaigns_gap() {
        let (high, bulk) = (key(Priority::High, 0, 1), key(Priority::Bulk, 0, 2));
        let survey = Survey::from_first_page(&[high, bulk], true);
        assert_eq!(survey.pick(NOW, &pacer(0, 9_000)), Pick::Send(high));
        let survey = Survey::from_first_page(&[bulk], true);
        assert_eq!(survey.pick(NOW, &pacer(0, 9_000)), Pick::Wait(NOW.plus_millis(9_000)));
    }

    #[test]
    fn an_unread_line_is_looked_at_only_when_it_matters() {
        let due = Survey::from_first_page(&[key(Priority::High, 0, 1)], false);
        assert!(matches!(due.pick(NOW, &pacer(0, 0)), Pick::Send(_)));
        let mut later = Survey::from_first_page(&[key(Priority::High, 5, 1)], false);
        assert_eq!(later.pick(NOW, &pacer(0, 0)), Pick::Look(Priority::Normal));
        later.learn(Priority::Normal, vec![], true);
        assert_eq!(later.pick(NOW, &pacer(0, 0)), Pick::Look(Priority::Bulk));
        later.learn(Priority::Bulk, vec![], true);
        assert_eq!(later.pick(NOW, &pacer(0, 0)), Pick::Wait(NOW.plus_millis(5)));
    }

    proptest! {
        /// However the index is cut into pages, the pick is the one that a full read gives.
        #[test]
        fn a_page_picks_what_the_whole_picks(
            dues in proptest::collection::vec((0..3_usize, -3_i64..4), 0..12), cut in 0..12_usize,
            reply in -2_i64..3, more in 0_i64..3, moved in proptest::option::of((0..12_usize, -3_i64..4)),
        ) {
            let mut all: Vec<PendingKey> =
                dues.iter().enumerate().map(|(n, (p, due))| key(Priority::ALL[*p], *due, n as u128)).collect();
            all.sort();
            let page = &all[..cut.min(all.len())];
            let mut survey = Survey::from_first_page(page, page.len() == all.len());
            if let Some((n, due)) = moved && n < page.len() {
                let new = PendingKey { due: NOW.plus_millis(due), ..page[n] };
                survey.move_to(new);
                all[n] = new;
                all.sort();
            }
            let whole = Survey::from_first_page(&all, true);
            let pacer = pacer(reply, reply + more);
            loop {
                match survey.pick(NOW, &pacer) {
                    Pick::Look(p) => {
                        let line: Vec<_> = all.iter().copied().filter(|k| k.priority == p).collect();
                        survey.learn(p, line, true);
                    }
                    pick => {
                        prop_assert_eq!(pick, whole.pick(NOW, &pacer));
                        break;
                    }
                }
            }
        }
    }
}
