//! What keeps a number from being banned: how much a session sends a day, to how many new contacts, and when it is quiet.
//!
//! What would exceed a limit waits in its place in line: nothing is dropped, and no attempt is used. Messages of priority 1
//! answer people who have written, and are never kept back; they count.
//!
//! - Quiet hours and the daily maximum close a session for messages of priority 5 and 10 ([`Standing::closed`]).
//! - The daily maximum of new contacts, and a provider's refusal to open new chats, keep back only what goes to contacts
//!   who were never written with ([`Standing::new_contacts_closed`]).

use serde::{Deserialize, Serialize};

use crate::message::pending::PendingKey;
use crate::sending::pacer::{Looked, Pacer, Tally};
use crate::values::calendar::{ClockTime, TimeZoneName};
use crate::values::ids::AccountId;
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// Why messages to new contacts wait while the provider lets the account open no new chats.
pub const NEW_CONTACTS_HELD: &str = "new_contacts_held";

/// What a session may send. Days begin at midnight in its time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct SendingLimits {
    /// Most messages a day, answers included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub daily_max: Option<u32>,
    /// Most new contacts a day that are written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub new_contacts_daily_max: Option<u32>,
    /// How the number of new contacts grows in a session's first days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub warm_up: Option<WarmUp>,
    /// When only answers are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub quiet_hours: Option<QuietHours>,
    /// The time zone of its days and its clock.
    pub time_zone: TimeZoneName,
}

/// A new number's first days: the first day so many new contacts, each further day more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct WarmUp {
    /// New contacts on the day on which the session was made; at least one.
    pub start_per_day: u32,
    /// By how much each day has more than the one before, in per cent.
    pub growth_percent: u32,
    /// How many days it lasts.
    pub days: u32,
}

/// A time of each day, by the clock on the wall. It may go over midnight; its ends differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct QuietHours {
    /// Its first minute.
    pub from: ClockTime,
    /// The first minute after it.
    pub to: ClockTime,
}

/// Why messages wait that could go otherwise, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// `quiet_hours`, `daily_max`, `new_contacts_daily_max` or `new_contacts_held`.
    pub reason: &'static str,
    /// When they may go.
    pub until: Timestamp,
}

impl QuietHours {
    /// Whether it is quiet at this time of the day, in milliseconds since midnight.
    const fn cover(self, of_day_ms: i64) -> bool {
        let (from, to) = (self.from.of_day_ms(), self.to.of_day_ms());
        if from < to { from <= of_day_ms && of_day_ms < to } else { from <= of_day_ms || of_day_ms < to }
    }
}

impl WarmUp {
    /// New contacts on the day of this number, the first being zero.
    fn new_contacts(self, day: u32) -> u32 {
        const SCALE: u128 = 1_000_000;
        let most = u128::from(u32::MAX) * SCALE;
        let factor = 100 + u128::from(self.growth_percent);
        let grown = (0..day)
            .fold(u128::from(self.start_per_day) * SCALE, |count, _| (count * factor / 100).min(most));
        u32::try_from(grown / SCALE).unwrap_or(u32::MAX)
    }
}

impl SendingLimits {
    /// Whether there is any limit among them.
    pub const fn limits_anything(&self) -> bool {
        self.counts() || self.quiet_hours.is_some()
    }

    /// Whether anything is counted by day.
    pub const fn counts(&self) -> bool {
        self.daily_max.is_some() || self.counts_contacts()
    }

    /// Whether new contacts are counted.
    pub const fn counts_contacts(&self) -> bool {
        self.new_contacts_daily_max.is_some() || self.warm_up.is_some()
    }

    /// The counts of today: those that were kept, unless they are of an earlier day.
    ///
    /// If this clock is behind, the kept counts may be of a later day. They then count: too little is sent rather than too much.
    pub fn today(&self, kept: Option<Tally>, now: Timestamp) -> Tally {
        let day = self.time_zone.local(now).day();
        kept.filter(|tally| tally.day >= day).unwrap_or(Tally { day, ..Tally::default() })
    }

    /// Most new contacts today, for a session that was created at that time.
    pub fn new_contacts_max(&self, created_at: Timestamp, now: Timestamp) -> Option<u32> {
        let first_day = self.time_zone.local(created_at).day();
        let number = u32::try_from((self.time_zone.local(now).day() - first_day).max(0)).unwrap_or(u32::MAX);
        let warming = self.warm_up.filter(|warm_up| number < warm_up.days);
        let caps = [warming.map(|warm_up| warm_up.new_contacts(number)), self.new_contacts_daily_max];
        caps.into_iter().flatten().min()
    }

    fn is_quiet(&self, at: Timestamp) -> bool {
        self.quiet_hours.is_some_and(|quiet| quiet.cover(self.time_zone.local(at).of_day_ms()))
    }

    fn is_used_up(&self, kept: Option<Tally>, at: Timestamp) -> bool {
        self.daily_max.is_some_and(|most| self.today(kept, at).sent >= most)
    }

    /// Whether messages that are no answers must wait now, and until when: the first time at which no limit is against it.
    fn closed(&self, kept: Option<Tally>, now: Timestamp) -> Option<Closed> {
        let reason = if self.is_used_up(kept, now) {
            "daily_max"
        } else if self.is_quiet(now) {
            "quiet_hours"
        } else {
            return None;
        };
        Some(Closed { reason, until: self.opens_at(kept, now) })
    }

    fn opens_at(&self, kept: Option<Tally>, now: Timestamp) -> Timestamp {
        /// Enough for a day's end, the quiet hours after it, and the clock being put forward or back in them.
        const STEPS_MAX: usize = 8;
        let mut at = now;
        for _ in 0..STEPS_MAX {
            let is_used_up = self.is_used_up(kept, at);
            at = match self.quiet_hours {
                _ if is_used_up => self.time_zone.next_day(at),
                Some(quiet) if self.is_quiet(at) => self.time_zone.next_clock(at, quiet.to),
                _ => break,
            };
        }
        at
    }
}

/// What bears on when a session may send.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What it may send, if it has limits.
    pub limits: Option<&'a SendingLimits>,
    /// Its pacer.
    pub pacer: &'a Pacer,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A session without its provider: all that bears on when it may send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paced {
    /// Its pacer.
    pub pacer: Pacer,
    /// What it may send, if it has limits.
    pub limits: Option<SendingLimits>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whose it is; `None` when there is no such session.
    pub account_id: Option<AccountId>,
}

impl Paced {
    /// What bears on when it may send.
    pub const fn standing(&self) -> Standing<'_> {
        Standing { limits: self.limits.as_ref(), pacer: &self.pacer, created_at: self.created_at }
    }
}

impl Standing<'_> {
    /// Why a priority's messages must wait although the gap is over; answers need not.
    pub fn closed(&self, priority: Priority, now: Timestamp) -> Option<Closed> {
        match priority {
            Priority::High => None,
            Priority::Normal | Priority::Bulk => self.limits?.closed(self.pacer.release.tally, now),
        }
    }

    /// When a priority's messages may go, as far as gap and limits are concerned.
    pub fn opens_at(&self, priority: Priority, now: Timestamp) -> Timestamp {
        let gap_ends = self.pacer.gap_ends(priority);
        self.closed(priority, now).map_or(gap_ends, |closed| closed.until.max(gap_ends))
    }

    /// Why messages to new contacts must wait, answers excepted.
    pub fn new_contacts_closed(&self, now: Timestamp) -> Option<Closed> {
        let held = self.pacer.release.new_contacts_hold.as_ref().filter(|hold| now < hold.until);
        let held = held.map(|hold| Closed { reason: NEW_CONTACTS_HELD, until: hold.until });
        let capped = self.limits.filter(|limits| {
            let most = limits.new_contacts_max(self.created_at, now);
            most.is_some_and(|most| limits.today(self.pacer.release.tally, now).new_contacts >= most)
        });
        let capped = capped.map(|limits| {
            let until = limits.time_zone.next_day(now);
            Closed { reason: "new_contacts_daily_max", until }
        });
        held.into_iter().chain(capped).max_by_key(|closed| closed.until)
    }

    /// How far lines were looked through for contacts who are not new, if that still holds.
    pub fn looked(&self, now: Timestamp) -> Option<Looked> {
        let looked = self.pacer.release.looked?;
        self.new_contacts_closed(now).filter(|closed| closed.until == looked.until).map(|_| looked)
    }

    /// Why a place in line is known to be kept back, if it is.
    pub fn kept_back(&self, place: PendingKey, now: Timestamp) -> Option<Closed> {
        let looked = self.looked(now)?.place(place.priority)?;
        self.new_contacts_closed(now).filter(|_| place <= looked)
    }

    /// The counts after a message that went out, or may have; none for a session that counts nothing.
    pub fn counted(&self, is_new_contact: bool, now: Timestamp) -> Option<Tally> {
        let limits = self.limits.filter(|limits| limits.counts())?;
        let today = limits.today(self.pacer.release.tally, now);
        let new_contacts = today.new_contacts.saturating_add(u32::from(is_new_contact));
        Some(Tally { sent: today.sent.saturating_add(1), new_contacts, ..today })
    }
}

#[cfg(test)]
mod tests;
