//! What waits in a session, as far as it was looked at, and the choice of what goes next.
//!
//! Rows of a campaign count as waiting until it is known that the campaign may not send them now ([`Survey::decide`]).
//! From then on they are passed over, and the line is read on from behind all of them ([`Survey::behind`]), however many
//! there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{CampaignId, MessageId};
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
    /// The last place that was read.
    read_to: Option<PendingKey>,
}

/// What waits in a session. Made from strongly consistent reads of its `pending` index, in sending order.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    lines: [Line; 3],
    /// Campaigns that were asked about, and whether they may send now.
    campaigns: BTreeMap<CampaignId, bool>,
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
            line.read_to = line.keys.last().copied();
            line.read_to_end = is_all || priority < last_read;
        }
        survey
    }

    /// Adds what a look at one line alone has shown, from behind what was read of it before ([`Self::behind`]).
    pub fn learn(&mut self, priority: Priority, keys: Vec<PendingKey>, is_all: bool) {
        let line = &mut self.lines[slot(priority)];
        line.read_to_end = is_all;
        line.read_to = keys.last().copied().or(line.read_to);
        line.keys.extend(keys);
        self.pass_over();
    }

    /// Where a look at a line goes on; `None` for its beginning.
    ///
    /// Behind the rows of a campaign that may not send now and that wait until the same time: they stand together.
    pub fn behind(&self, priority: Priority) -> Option<PendingKey> {
        let last = self.lines[slot(priority)].read_to?;
        Some(match CampaignId::of(last.message_id).filter(|id| self.may_not_send(*id)) {
            Some(campaign) => PendingKey { message_id: campaign.behind_messages(), ..last },
            None => last,
        })
    }

    /// Notes whether a campaign may send its messages now. The rows of one that may not are passed over.
    pub fn decide(&mut self, campaign: CampaignId, may_send: bool) {
        self.campaigns.insert(campaign, may_send);
        self.pass_over();
    }

    /// The first campaigns in line, at most `limit`, of which it is not known whether they may send.
    pub fn undecided(&self, limit: usize) -> BTreeSet<CampaignId> {
        let keys = self.lines.iter().flat_map(|line| &line.keys);
        let campaigns = keys.filter_map(|key| CampaignId::of(key.message_id));
        let mut undecided = BTreeSet::new();
        for campaign in campaigns.filter(|campaign| !self.campaigns.contains_key(campaign)) {
            if undecided.len() < limit {
                undecided.insert(campaign);
            }
        }
        undecided
    }

    /// Whether a message may be sent, as far as its campaign is concerned; `None` when that was not asked.
    pub fn may_send(&self, message_id: MessageId) -> Option<bool> {
        CampaignId::of(message_id).map_or(Some(true), |campaign| self.campaigns.get(&campaign).copied())
    }

    /// Whether rows were passed over: a look that passes over none would choose otherwise.
    pub fn passes_over(&self) -> bool {
        self.campaigns.values().any(|may_send| !may_send)
    }

    /// Stops reading a line in which no end of rows that may not be sent was found: as if one message were left that is
    /// due then, so that the line's ticket lives on.
    pub fn put_off(&mut self, priority: Priority, until: Timestamp) {
        let line = &mut self.lines[slot(priority)];
        line.keys = vec![PendingKey { priority, due: until, message_id: MessageId::new(until, 0) }];
        line.read_to_end = true;
    }

    fn may_not_send(&self, campaign: CampaignId) -> bool {
        self.campaigns.get(&campaign) == Some(&false)
    }

    fn pass_over(&mut self) {
        let campaigns = &self.campaigns;
        let is_passed = |key: &PendingKey| {
            CampaignId::of(key.message_id).is_some_and(|campaign| campaigns.get(&campaign) == Some(&false))
        };
        for line in &mut self.lines {
            line.keys.retain(|key| !is_passed(key));
        }
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
        if line.read_to_end || line.read_to.is_some_and(|read_to| key <= read_to) {
            let place = line.keys.partition_point(|other| *other < key);
            line.keys.insert(place, key);
        }
        self.pass_over();
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

    /// The only message of a line that was read only so far is tried, and goes back to its place.
    #[test]
    fn what_goes_back_to_where_it_was_read_is_still_there() {
        let normal = key(Priority::Normal, -5, 2);
        let mut survey = Survey::from_first_page(&[key(Priority::High, 500, 1)], false);
        survey.learn(Priority::Normal, vec![normal], false);
        survey.move_to(normal);
        assert_eq!(survey.head(Priority::Normal), Head::Is(normal));
    }

    /// Not if its campaign was stopped meanwhile.
    #[test]
    fn what_goes_back_into_a_paused_campaign_is_passed_over() {
        let row = PendingKey { message_id: campaign(1).message(1), ..key(Priority::Bulk, 0, 0) };
        let mut survey = Survey::from_first_page(&[row], true);
        survey.decide(campaign(1), PAUSED);
        survey.move_to(row);
        assert_eq!(survey.head(Priority::Bulk), Head::Empty);
    }

    const PAUSED: bool = false;

    fn campaign(n: u128) -> CampaignId {
        CampaignId::new(NOW, n << 48)
    }

    fn row(campaign: CampaignId, row: u32) -> PendingKey {
        PendingKey { priority: Priority::Bulk, due: NOW, message_id: campaign.message(row) }
    }

    #[test]
    fn a_paused_campaign_lets_the_next_go_on() {
        let (first, second) = (campaign(1), campaign(2));
        let mut survey = Survey::from_first_page(&[row(first, 1), row(first, 2)], false);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Send(row(first, 1)));
        assert_eq!(survey.may_send(first.message(1)), None);
        assert_eq!(survey.undecided(5), [first].into());
        survey.decide(first, PAUSED);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Look(Priority::Bulk));
        let behind = survey.behind(Priority::Bulk).expect("a place");
        assert!(row(first, u32::MAX) < behind && behind < row(second, 1));
        survey.learn(Priority::Bulk, vec![row(second, 1)], true);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Send(row(second, 1)));
        assert_eq!(survey.undecided(5), [second].into());
    }

    #[test]
    fn when_only_paused_rows_are_left_nothing_waits() {
        let mut survey = Survey::from_first_page(&[row(campaign(1), 1)], true);
        survey.decide(campaign(1), PAUSED);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Nothing);
        assert_eq!((survey.head(Priority::Bulk), survey.passes_over()), (Head::Empty, true));
    }

    #[test]
    fn a_line_without_an_end_keeps_its_ticket() {
        let mut survey = Survey::from_first_page(&[row(campaign(1), 1)], false);
        survey.decide(campaign(1), PAUSED);
        let later = NOW.plus_millis(60_000);
        survey.put_off(Priority::Bulk, later);
        assert_eq!(survey.pick(NOW, &pacer(0, 0)), Pick::Wait(later));
        assert!(matches!(survey.head(Priority::Bulk), Head::Is(key) if key.due == later));
    }

    proptest! {
        /// However many rows of which campaigns may not be sent, and however the line is cut into pages: the first that
        /// may be sent is found, and each look goes on behind the one before.
        #[test]
        fn the_first_row_that_may_be_sent_is_found(
            rows in proptest::collection::vec((0..4_u128, 0..3_i64), 0..40), paused in 0..16_u32, page in 1..7_usize,
        ) {
            let is_paused = |n: u128| paused >> n & 1 == 1;
            let mut line: Vec<(PendingKey, bool)> = rows.iter().enumerate().map(|(number, (n, due))| {
                let place = row(campaign(*n + 1), u32::try_from(number).unwrap() + 1);
                (PendingKey { due: NOW.plus_millis(-due), ..place }, is_paused(*n))
            }).collect();
            line.sort();
            let expected = line.iter().find(|(_, is_paused)| !is_paused).map(|(key, _)| *key);
            let mut survey = Survey::default();
            for priority in [Priority::High, Priority::Normal] {
                survey.learn(priority, vec![], true);
            }
            let mut looks = 0;
            let found = loop {
                match survey.pick(NOW, &pacer(0, 0)) {
                    Pick::Look(_) => {
                        let behind = survey.behind(Priority::Bulk);
                        let rest: Vec<PendingKey> =
                            line.iter().map(|(key, _)| *key).filter(|key| behind.is_none_or(|b| *key > b)).collect();
                        survey.learn(Priority::Bulk, rest.iter().copied().take(page).collect(), rest.len() < page);
                        looks += 1;
                    }
                    Pick::Send(key) if survey.may_send(key.message_id).is_none() => {
                        for id in survey.undecided(2) {
                            let n = (1..=4).find(|n| campaign(*n) == id).expect("a campaign");
                            survey.decide(id, !is_paused(n - 1));
                        }
                    }
                    Pick::Send(key) => break Some(key),
                    Pick::Wait(_) | Pick::Nothing => break None,
                }
            };
            prop_assert_eq!(found, expected);
            // One for each campaign and due at most, however many rows, and one that finds the end.
            prop_assert!(looks <= 13);
        }

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
