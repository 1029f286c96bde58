//! What waits in a session, as far as it was read, and the choice of what goes next.
//!
//! Rows of a campaign count as waiting until the campaign is known to be one that may not send now ([`Survey::decide`]).
//! From then on they are passed over, and the line is read on from behind all of them ([`Survey::behind`]), however many
//! there are.
//!
//! While new contacts are kept back, messages to them are passed over as well ([`Survey::note_contacts`]). They are still
//! work: their line does not end with them ([`Survey::keeps_back`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::message::pending::PendingKey;
use crate::sending::pacer::Looked;
use crate::values::ids::{CampaignId, MessageId};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

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
    /// The place up to which an earlier look has found everything kept back.
    looked: Option<PendingKey>,
    /// What is kept back behind that.
    kept_back: BTreeSet<PendingKey>,
    /// The first row that waits for another reason.
    first_paused: Option<PendingKey>,
}

/// What waits in a session. Made from strongly consistent reads of its `pending` index, in sending order.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    lines: [Line; 3],
    /// Campaigns that were asked about, and whether they may send now.
    campaigns: BTreeMap<CampaignId, bool>,
    /// Messages whose contacts were asked about, and whether these are new and kept back.
    contacts: BTreeMap<MessageId, bool>,
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

impl Line {
    fn first_kept_back(&self) -> Option<PendingKey> {
        self.looked.or_else(|| self.kept_back.first().copied())
    }

    /// The last place up to which everything is kept back for its contact: what its campaign keeps back may go first once
    /// that is resumed.
    fn looked_to(&self) -> Option<PendingKey> {
        let end = self.keys.first().copied().into_iter().chain(self.first_paused).min();
        let kept_back = self.kept_back.iter().rev().find(|key| end.is_none_or(|end| **key < end));
        kept_back.copied().max(self.looked)
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
        self.campaigns.values().any(|may_send| !may_send) || self.looks_at_contacts()
    }

    /// Goes on where an earlier look through the lines has come to: what stands before that is kept back.
    pub fn go_on_from(&mut self, looked: &Looked) {
        for priority in Priority::ALL {
            let line = &mut self.lines[slot(priority)];
            line.looked = looked.place(priority);
            line.read_to = line.read_to.max(line.looked);
        }
        self.pass_over();
    }

    /// Whether messages to new contacts are kept back, as far as that was looked at.
    pub fn looks_at_contacts(&self) -> bool {
        !self.contacts.is_empty() || self.lines.iter().any(|line| line.looked.is_some())
    }

    /// Whether the contact of a message is new; `None` when that was not asked.
    pub fn is_new_contact(&self, message_id: MessageId) -> Option<bool> {
        self.contacts.get(&message_id).copied()
    }

    /// The first messages of a line, at most `limit`, that are due and may be sent as far as their campaigns are concerned,
    /// and of whose contacts it is not known whether they are new.
    pub fn unknown_contacts(&self, priority: Priority, limit: usize, now: Timestamp) -> Vec<MessageId> {
        let due = self.lines[slot(priority)].keys.iter().take_while(|key| key.due <= now);
        let ids = due.map(|key| key.message_id).filter(|id| self.may_send(*id) == Some(true));
        ids.filter(|id| !self.contacts.contains_key(id)).take(limit).collect()
    }

    /// Notes of which messages the contacts are new; these are passed over.
    pub fn note_contacts(&mut self, asked: &[MessageId], new: &BTreeSet<MessageId>) {
        self.contacts.extend(asked.iter().map(|id| (*id, new.contains(id))));
        self.pass_over();
    }

    /// Whether nothing of a line is left but what is kept back, to its end.
    pub fn keeps_back(&self, priority: Priority) -> bool {
        let line = &self.lines[slot(priority)];
        line.keys.is_empty() && line.first_kept_back().is_some()
    }

    /// The first message of a line that is kept back, as far as that was looked at.
    pub fn first_kept_back(&self, priority: Priority) -> Option<PendingKey> {
        self.lines[slot(priority)].first_kept_back()
    }

    /// How far the lines were looked through, new contacts being kept back until `until`.
    pub fn looked(&self, until: Timestamp) -> Looked {
        let [_, normal, bulk] = &self.lines;
        Looked { until, normal: normal.looked_to(), bulk: bulk.looked_to() }
    }

    /// Stops reading a line that seems to hold only rows that may not be sent: as if one message were left that is
    /// due then, so that the line's ticket lives on.
    pub fn put_off(&mut self, priority: Priority, until: Timestamp) {
        let line = &mut self.lines[slot(priority)];
        line.first_paused = line.keys.first().copied().into_iter().chain(line.first_paused).min();
        line.keys = vec![PendingKey { priority, due: until, message_id: MessageId::new(until, 0) }];
        line.read_to_end = true;
    }

    fn may_not_send(&self, campaign: CampaignId) -> bool {
        self.campaigns.get(&campaign) == Some(&false)
    }

    fn pass_over(&mut self) {
        let (campaigns, contacts) = (&self.campaigns, &self.contacts);
        let is_paused = |key: &PendingKey| {
            CampaignId::of(key.message_id).is_some_and(|campaign| campaigns.get(&campaign) == Some(&false))
        };
        let is_new = |key: &PendingKey| contacts.get(&key.message_id) == Some(&true);
        for line in &mut self.lines {
            let Line { keys, looked, kept_back, first_paused, .. } = line;
            keys.retain(|key| {
                let paused = is_paused(key);
                if paused && first_paused.is_none_or(|first| *key < first) {
                    *first_paused = Some(*key);
                }
                if !paused && is_new(key) {
                    kept_back.insert(*key);
                }
                !paused && !is_new(key) && looked.is_none_or(|looked| *key > looked)
            });
        }
    }

    /// The first message of a priority, whether it is kept back or not.
    pub fn head(&self, priority: Priority) -> Head {
        match self.first(priority) {
            Head::Empty => self.lines[slot(priority)].first_kept_back().map_or(Head::Empty, Head::Is),
            head => head,
        }
    }

    /// The first message of a priority that is not kept back.
    fn first(&self, priority: Priority) -> Head {
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
            line.kept_back.retain(|key| key.message_id != message_id);
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

    /// What goes next: the most urgent priority first, inside it the earliest due (`priority_strict`). `opens_at` tells
    /// when the session may send messages of a priority.
    pub fn pick(&self, now: Timestamp, opens_at: impl Fn(Priority) -> Timestamp) -> Pick {
        let mut earliest: Option<Timestamp> = None;
        for priority in Priority::ALL {
            match self.first(priority) {
                Head::Unknown => return Pick::Look(priority),
                Head::Empty => {}
                Head::Is(key) => {
                    let at = key.due.max(opens_at(priority));
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
mod tests;
