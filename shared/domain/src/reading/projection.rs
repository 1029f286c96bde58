//! From the stream of the messages' table to counters, each change counted exactly once.
//!
//! The stream brings each session's changes in order, but may bring them again, and cut into other batches. So every
//! counter belongs to one session, and keeps beside its numbers the sequence number up to which it has counted: what
//! comes at or below it was counted before. Numbers and mark change in one conditional write.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::campaign::Counts;
use crate::message::{Direction, Message, Retention};
use crate::reading::statistics::{Day, HourOfDay};
use crate::sending::watch;
use crate::tuning::{CONVERSATION_OUTLIVED_S, STATISTICS_COUNTED_DAYS};
use crate::values::contact::Contact;
use crate::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
pub use crate::values::sequence::SequenceNumber;
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// What counts of a row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The account that the message belongs to.
    pub account_id: AccountId,
    /// Which way it went.
    pub direction: Direction,
    /// Its contact.
    pub to: Contact,
    /// Its state.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the caller wanted it sent.
    #[serde(default)]
    pub scheduled_at: Option<Timestamp>,
    /// How long it is kept once it has ended.
    #[serde(default)]
    pub retention: Retention,
    /// When DynamoDB may drop it, in seconds since the Unix epoch, once it has ended.
    #[serde(rename = "ttl", default)]
    pub delete_after: Option<i64>,
    /// The mark that a recount leaves, if it left one.
    #[serde(default)]
    pub recount: Option<String>,
    /// What else is known of a message that came in.
    #[serde(default)]
    pub inbound: Option<SeenInbound>,
}

/// What matters of an inbound message beyond what all messages have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenInbound {
    /// What its sender calls themselves.
    #[serde(default)]
    pub contact_name: Option<String>,
}

impl Seen {
    /// What counts of a message.
    pub fn of(message: &Message) -> Self {
        Self {
            account_id: message.account_id,
            direction: message.direction,
            to: message.to.clone(),
            status: message.status,
            created_at: message.created_at,
            scheduled_at: message.scheduled_at,
            retention: message.retention,
            delete_after: message.delete_after,
            recount: None,
            inbound: message
                .inbound
                .as_ref()
                .map(|inbound| SeenInbound { contact_name: inbound.contact_name.clone() }),
        }
    }

    /// When it will be deleted, in seconds since the Unix epoch. For a message that waits, this assumes that it is sent when it
    /// is due.
    pub fn kept_until(&self) -> i64 {
        let due = self.scheduled_at.map_or(self.created_at, |at| at.max(self.created_at));
        self.delete_after.unwrap_or_else(|| self.retention.after(due))
    }

    /// The contact's own name, if the row has it.
    pub fn contact_name(&self) -> Option<&String> {
        self.inbound.as_ref()?.contact_name.as_ref()
    }
}

/// One change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the stream.
    pub at: SequenceNumber,
    /// Which row.
    pub key: MessageKey,
    /// What it was before; `None` when it is new, or cannot be read.
    pub before: Option<Seen>,
    /// What it is now; `None` when it is gone, or cannot be read.
    pub after: Option<Seen>,
    /// Whether it has a place in line now, also when the rest of it cannot be read.
    pub waits: bool,
    /// Whether DynamoDB has dropped it because its time was over. That it was there stays counted.
    pub is_expiry: bool,
}

impl From<&Change> for watch::Change {
    fn from(change: &Change) -> Self {
        Self { key: change.key, waits: change.waits }
    }
}

/// A counter: an item of its own, which belongs to one session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// The messages of a session that were created on a day, by hour and state.
    Day {
        /// The account that they belong to.
        account_id: AccountId,
        /// The session that they belong to.
        session_id: SessionId,
        /// The day that is counted.
        day: Day,
    },
    /// The messages of a session to and from a contact, by direction.
    Conversation {
        /// The session of the conversation.
        session_id: SessionId,
        /// With whom.
        to: Contact,
    },
    /// The messages of a campaign, by state.
    Campaign {
        /// The account that it belongs to.
        account_id: AccountId,
        /// The campaign, which has one session.
        campaign_id: CampaignId,
    },
    /// No counter: how far the stream was read when a recount left its mark.
    Mark(
        /// The mark.
        String,
    ),
}

/// One of the numbers of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// In a [`Counter::Day`]: messages that were created in this hour and are in this state (its place in [`Status::ALL`]).
    Hour(HourOfDay, usize),
    /// In a [`Counter::Conversation`]: inbound messages.
    Inbound,
    /// In a [`Counter::Conversation`]: outbound messages.
    Outbound,
    /// In a [`Counter::Campaign`]: messages in this state (its place in [`Status::ALL`]).
    State(usize),
}

/// What one change does to a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The place of the change in the stream.
    pub at: SequenceNumber,
    /// What is added to which numbers.
    pub adds: Vec<(Field, i64)>,
    /// When the last message that it counts may be dropped, in seconds since the Unix epoch.
    pub expires_at: i64,
    /// The contact's own name, if the change has it.
    pub contact_name: Option<String>,
    /// The message that has changed.
    pub message_id: MessageId,
}

/// What several changes together do to a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The first of the changes; nothing from it on was counted yet.
    pub first: SequenceNumber,
    /// The last of them.
    pub last: SequenceNumber,
    /// What is added to which numbers; nothing when a conversation is only kept longer.
    pub adds: BTreeMap<Field, i64>,
    /// When the last message that it counts may be dropped, in seconds since the Unix epoch.
    pub expires_at: i64,
    /// The contact's own name, from the last change that has it.
    pub contact_name: Option<String>,
    /// For a [`Counter::Conversation`]: the first of the new messages to the contact.
    pub first_outbound: Option<MessageId>,
}

/// What a batch of changes does to each counter, step by step.
pub type Steps = BTreeMap<Counter, Vec<Step>>;

/// Sorts a batch by counters. Changes of one session must be in their order.
pub fn steps(changes: &[Change], now: Timestamp) -> Steps {
    let mut steps = Steps::new();
    for change in changes {
        for (counter, adds) in effects(change, now) {
            let contact_name = change.after.as_ref().and_then(Seen::contact_name).cloned();
            let (at, message_id) = (change.at.clone(), change.key.message_id);
            let step = Step { at, adds, expires_at: expiry(change), contact_name, message_id };
            steps.entry(counter).or_default().push(step);
        }
    }
    steps
}

/// All steps beyond a place in the stream, in one; `None` when there are none.
pub fn beyond(steps: &[Step], through: Option<&SequenceNumber>) -> Option<Delta> {
    let new: Vec<&Step> =
        steps.iter().filter(|step| through.is_none_or(|through| step.at > *through)).collect();
    let (first, last) = (new.first()?, new.last()?);
    let mut adds = BTreeMap::new();
    for (field, count) in new.iter().flat_map(|step| &step.adds) {
        *adds.entry(*field).or_insert(0) += count;
    }
    let expires_at = new.iter().map(|step| step.expires_at).max().unwrap_or(0);
    let contact_name = new.iter().rev().find_map(|step| step.contact_name.clone());
    let brings_one = |step: &&&Step| step.adds.contains(&(Field::Outbound, 1));
    let first_outbound = new.iter().find(brings_one).map(|step| step.message_id);
    let (first, last) = (first.at.clone(), last.at.clone());
    Some(Delta { first, last, adds, expires_at, contact_name, first_outbound })
}

fn expiry(change: &Change) -> i64 {
    change.after.iter().chain(&change.before).map(Seen::kept_until).max().unwrap_or(0)
}

fn effects(change: &Change, now: Timestamp) -> Vec<(Counter, Vec<(Field, i64)>)> {
    if change.is_expiry {
        return Vec::new();
    }
    let mut effects: BTreeMap<Counter, Vec<(Field, i64)>> = BTreeMap::new();
    let sides = [(change.before.as_ref(), -1), (change.after.as_ref(), 1)];
    let sides = sides.into_iter().filter_map(|(seen, sign)| Some((seen?, sign)));
    for (seen, sign) in sides {
        for (counter, field) in counted(change.key, seen, now) {
            effects.entry(counter).or_default().push((field, sign));
        }
    }
    let mark = |seen: &Option<Seen>| seen.as_ref().and_then(|seen| seen.recount.clone());
    if let Some(left) = mark(&change.after).filter(|left| Some(left) != mark(&change.before).as_ref()) {
        effects.insert(Counter::Mark(left), Vec::new());
    }
    let outlives = outlives(change);
    // What is the same before and after has not changed.
    effects.retain(|counter, adds| match counter {
        Counter::Mark(_) => true,
        Counter::Conversation { .. } if outlives => {
            if is_nothing(adds) {
                adds.clear();
            }
            true
        }
        Counter::Conversation { .. } | Counter::Day { .. } | Counter::Campaign { .. } => !is_nothing(adds),
    });
    effects.into_iter().collect()
}

/// Whether a message waited for so long that it is kept longer than expected, and its conversation must be, too.
fn outlives(change: &Change) -> bool {
    let kept_until = |seen: &Option<Seen>| seen.as_ref().map(Seen::kept_until);
    let (before, after) = (kept_until(&change.before), kept_until(&change.after));
    before.zip(after).is_some_and(|(before, after)| after - before >= CONVERSATION_OUTLIVED_S)
}

fn is_nothing(adds: &[(Field, i64)]) -> bool {
    matches!(adds, [(a, _), (b, _)] if a == b)
}

/// What a row counts for, being as it is.
pub fn counted(key: MessageKey, seen: &Seen, now: Timestamp) -> Vec<(Counter, Field)> {
    let session_id = key.session_id;
    let direction = match seen.direction {
        Direction::Inbound => Field::Inbound,
        Direction::Outbound => Field::Outbound,
    };
    let mut places = vec![(Counter::Conversation { session_id, to: seen.to.clone() }, direction)];
    let day = Day::of(seen.created_at);
    if day >= Day::of(now).plus(-STATISTICS_COUNTED_DAYS) {
        let field = Field::Hour(HourOfDay::of(seen.created_at), seen.status as usize);
        places.push((Counter::Day { account_id: seen.account_id, session_id, day }, field));
    }
    places.extend(campaign(key.message_id, seen));
    places
}

fn campaign(message_id: MessageId, seen: &Seen) -> Option<(Counter, Field)> {
    let campaign_id = CampaignId::of(message_id)?;
    Counts::name_of(seen.status)?;
    let counter = Counter::Campaign { account_id: seen.account_id, campaign_id };
    Some((counter, Field::State(seen.status as usize)))
}

#[cfg(test)]
mod tests;
