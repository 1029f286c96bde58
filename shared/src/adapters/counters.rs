//! Counters that follow the stream of the messages' table: statistics, conversations, campaigns.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::campaign::{Campaign, CampaignState, Counts};
use domain::reading::projection::{Counter, Delta, Field, SequenceNumber};
use domain::reading::statistics::{Day, HourOfDay, HourTally, Tally};
use domain::tuning::STATISTICS_KEPT_DAYS;
use domain::values::ids::{AccountId, CampaignId, MessageKey};
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{
    ACCOUNT_ID, BUCKET, CAMPAIGN_ID, CONTACT_NAME, COUNTS, COUNTS_THROUGH, EXPIRES_AT, FINISHED_AT,
    FIRST_MESSAGE_ID, HourName, INBOUND, MESSAGE_ID, OUTBOUND, RECOUNT, SESSION_ID, STATE, StatisticsKey, TO,
};
use super::messages::{BATCH_ROUNDS_MAX, left_over};
use super::update::{Update, Written};
use crate::ports::{
    Conversation, ConversationKey, CountChanges, Counted, PortError, ReadConversations, ReadStatistics,
    ReplaceCounters,
};

/// How long the trace of a recount is kept, in seconds.
const MARK_KEPT_S: i64 = 24 * 3600;

/// Tables of counters, as one writer sees them.
#[derive(Clone, Debug)]
pub struct DynamoCounters {
    client: Client,
    statistics: String,
    conversations: String,
    campaigns: String,
}

/// The table of statistics.
#[derive(Clone, Debug)]
pub struct DynamoStatistics {
    client: Client,
    table: String,
}

/// The table of conversations.
#[derive(Clone, Debug)]
pub struct DynamoConversations {
    client: Client,
    table: String,
}

impl DynamoCounters {
    /// The tables of these names.
    pub const fn new(client: Client, statistics: String, conversations: String, campaigns: String) -> Self {
        Self { client, statistics, conversations, campaigns }
    }

    /// The table of a counter, and its key there.
    fn place(&self, counter: &Counter) -> (&str, Item) {
        match counter {
            Counter::Day { account_id, session_id, day } => {
                let bucket = StatisticsKey::Day(*day, *session_id);
                (&self.statistics, statistics_key(account_id.to_string(), &bucket))
            }
            Counter::Mark(mark) => (&self.statistics, statistics_key(mark.clone(), &StatisticsKey::Mark)),
            Counter::Conversation { session_id, to } => {
                let key = [(SESSION_ID, session_id.to_string()), (TO, to.digits().to_owned())];
                (&self.conversations, items::key(key))
            }
            Counter::Campaign { account_id, campaign_id } => {
                (&self.campaigns, campaign_key(*account_id, *campaign_id))
            }
        }
    }

    /// Notes that a campaign is through, once its counts say so. A second time is the same.
    async fn finish(&self, item: Option<Item>, now: Timestamp) -> Result<(), PortError> {
        let operation = "counters.finish";
        let Some(item) = item else { return Ok(()) };
        let campaign: Campaign = items::from_item(operation, item)?;
        if !campaign.has_ended() || campaign.finished_at.is_some() {
            return Ok(());
        }
        let update = Update::default().set(FINISHED_AT, now).if_absent(FINISHED_AT);
        let update = match campaign.state {
            CampaignState::Running | CampaignState::Paused => {
                update.set(STATE, CampaignState::Finished).if_is(STATE, campaign.state)
            }
            CampaignState::Cancelled | CampaignState::Finished => update,
        };
        let key = campaign_key(campaign.account_id, campaign.campaign_id);
        update.apply(operation, &self.client, &self.campaigns, key).await.map(drop)
    }
}

impl CountChanges for DynamoCounters {
    async fn add(&self, counter: &Counter, delta: &Delta, now: Timestamp) -> Result<Counted, PortError> {
        let operation = "counters.add";
        let (table, key) = self.place(counter);
        let update = adding(counter, delta, now).returning_item();
        let (written, item) = match update.apply(operation, &self.client, table, key).await? {
            Written::Done(item) => (true, item),
            Written::Refused(item) => (false, item),
        };
        let through = item.as_ref().and_then(|item| item.get(COUNTS_THROUGH));
        let through = through.and_then(|value| value.as_s().ok()).and_then(|text| text.parse().ok());
        if matches!(counter, Counter::Campaign { .. }) {
            self.finish(item, now).await?;
        }
        match through {
            // A campaign that is gone is not counted for.
            _ if written => Ok(Counted::Yes),
            None => Ok(Counted::Yes),
            Some(through) => Ok(Counted::Already(through)),
        }
    }
}

/// Counters, and the rows that they count.
#[derive(Clone, Debug)]
pub struct DynamoRecount {
    counters: DynamoCounters,
    messages: String,
}

impl DynamoRecount {
    /// These counters, which count the rows of the table of messages of this name.
    pub const fn new(counters: DynamoCounters, messages: String) -> Self {
        Self { counters, messages }
    }
}

impl ReplaceCounters for DynamoRecount {
    async fn leave_mark(&self, key: MessageKey, mark: &str) -> Result<(), PortError> {
        let update = Update::default().set(RECOUNT, mark).if_present(MESSAGE_ID);
        let key =
            items::key([(SESSION_ID, key.session_id.to_string()), (MESSAGE_ID, key.message_id.to_string())]);
        let client = &self.counters.client;
        update.apply("counters.leave_mark", client, &self.messages, key).await.map(drop)
    }

    async fn mark(&self, mark: &str) -> Result<Option<SequenceNumber>, PortError> {
        let operation = "counters.mark";
        let (table, key) = self.counters.place(&Counter::Mark(mark.to_owned()));
        let get = self.counters.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        let output = get.send().await.map_err(failed(operation))?;
        output.item.map(|item| items::parsed(operation, &item, COUNTS_THROUGH)).transpose()
    }

    async fn replace(&self, counter: &Counter, all: &Delta) -> Result<bool, PortError> {
        let (table, key) = self.counters.place(counter);
        let all_zero = every_field(counter).map(|field| (field, 0));
        let numbers: BTreeMap<Field, i64> = all_zero.chain(all.adds.clone()).collect();
        let update = numbers.iter().fold(Update::default(), |update, (field, count)| match field {
            Field::Hour(hour, status) => {
                update.set_named(HourName::of(*hour, Status::ALL[*status]).to_string(), count)
            }
            Field::Inbound => update.set(INBOUND, count),
            Field::Outbound => update.set(OUTBOUND, count),
            Field::State(status) => match Counts::name_of(Status::ALL[*status]) {
                Some(name) => update.set_at(&[COUNTS, name], count),
                None => update,
            },
        });
        let update = update.set(COUNTS_THROUGH, &all.last).if_at_most_or_absent(COUNTS_THROUGH, &all.last);
        let update = match counter {
            Counter::Day { day, .. } => update.set(EXPIRES_AT, kept_until(*day)),
            Counter::Conversation { .. } => conversing(update, all),
            Counter::Campaign { .. } => update.if_present(CAMPAIGN_ID),
            Counter::Mark(_) => update,
        };
        let written = update.apply("counters.replace", &self.counters.client, table, key).await?;
        Ok(matches!(written, Written::Done(_) | Written::Refused(None)))
    }
}

/// All numbers that a counter may have: those that are not there any more become zero.
fn every_field(counter: &Counter) -> Box<dyn Iterator<Item = Field> + Send> {
    let states = 0..Status::ALL.len();
    match counter {
        Counter::Day { .. } => {
            let hours = (0..24).filter_map(HourOfDay::new);
            Box::new(hours.flat_map(move |hour| states.clone().map(move |state| Field::Hour(hour, state))))
        }
        Counter::Conversation { .. } => Box::new([Field::Inbound, Field::Outbound].into_iter()),
        Counter::Campaign { .. } => Box::new(states.map(Field::State)),
        Counter::Mark(_) => Box::new(std::iter::empty()),
    }
}

fn kept_until(day: Day) -> i64 {
    day.plus(STATISTICS_KEPT_DAYS).start().as_seconds()
}

/// The write that adds a delta, and moves the mark on, if the counter does not go as far as its first change.
fn adding(counter: &Counter, delta: &Delta, now: Timestamp) -> Update {
    let update = delta.adds.iter().fold(Update::default(), |update, (field, count)| match field {
        Field::Hour(hour, status) => {
            update.add_named(HourName::of(*hour, Status::ALL[*status]).to_string(), count)
        }
        Field::Inbound => update.add(INBOUND, count),
        Field::Outbound => update.add(OUTBOUND, count),
        Field::State(status) => match Counts::name_of(Status::ALL[*status]) {
            Some(name) => update.add_at(&[COUNTS, name], count),
            None => update,
        },
    });
    let update = update.set(COUNTS_THROUGH, &delta.last).if_below_or_absent(COUNTS_THROUGH, &delta.first);
    match counter {
        Counter::Day { day, .. } => update.set(EXPIRES_AT, kept_until(*day)),
        Counter::Conversation { .. } => conversing(update, delta),
        Counter::Mark(_) => update.set(EXPIRES_AT, now.as_seconds() + MARK_KEPT_S),
        Counter::Campaign { .. } => update.if_present(CAMPAIGN_ID),
    }
}

/// What a conversation keeps beside its numbers. A name stays until another one is told.
fn conversing(update: Update, delta: &Delta) -> Update {
    let update = update.set(EXPIRES_AT, delta.expires_at);
    let update = match &delta.contact_name {
        Some(name) => update.set(CONTACT_NAME, name),
        None => update,
    };
    match delta.first_outbound {
        Some(first) => update.set_if_absent(FIRST_MESSAGE_ID, first),
        None => update,
    }
}

fn statistics_key(account: String, bucket: &StatisticsKey) -> Item {
    items::key([(ACCOUNT_ID, account), (BUCKET, bucket.to_string())])
}

fn campaign_key(account_id: AccountId, campaign_id: CampaignId) -> Item {
    items::key([(ACCOUNT_ID, account_id.to_string()), (CAMPAIGN_ID, campaign_id.to_string())])
}

impl DynamoStatistics {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl ReadStatistics for DynamoStatistics {
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError> {
        let operation = "statistics.hours";
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#account = :account AND #bucket BETWEEN :from AND :to")
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_names("#bucket", BUCKET)
            .expression_attribute_values(":account", text(&account_id))
            .expression_attribute_values(":from", text(&from))
            // The day after sorts behind all buckets of the last day, and before its own.
            .expression_attribute_values(":to", text(&to.plus(1)))
            .into_paginator()
            .items()
            .send();
        let found: Vec<Item> = pages.try_collect().await.map_err(failed(operation))?;
        let mut hours = Vec::new();
        for item in &found {
            let StatisticsKey::Day(day, _) = items::parsed(operation, item, BUCKET)? else { continue };
            hours.extend(hours_of(day, item));
        }
        Ok(hours)
    }
}

/// The hours of a session's day: attributes that are no counters are passed over.
fn hours_of(day: Day, item: &Item) -> Vec<HourTally> {
    let mut hours = [Tally::default(); 24];
    for (name, value) in item {
        let count = value.as_n().ok().and_then(|number| number.parse().ok());
        if let (Ok(HourName { hour, status }), Some(count)) = (name.parse::<HourName>(), count) {
            hours[usize::from(hour.number())].add(status, count);
        }
    }
    let start = |hour: i64| day.start().plus_millis(hour * domain::reading::statistics::HOUR_MS);
    let full = (0..).zip(hours).filter(|(_, tally)| *tally != Tally::default());
    full.map(|(hour, tally)| HourTally { start: start(hour), tally }).collect()
}

impl DynamoConversations {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl ReadConversations for DynamoConversations {
    async fn conversations(
        &self,
        keys: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, Conversation)>, PortError> {
        let operation = "conversations.get";
        let item_key = |(session_id, to): &ConversationKey| {
            items::key([(SESSION_ID, session_id.to_string()), (TO, to.digits().to_owned())])
        };
        let (mut wanted, mut found) = (keys.iter().map(item_key).collect::<Vec<_>>(), Vec::<Item>::new());
        for _ in 0..BATCH_ROUNDS_MAX {
            if wanted.is_empty() {
                // What bears only notes of the dispatcher was not counted yet.
                let counted = found.iter().filter(|item| item.contains_key(COUNTS_THROUGH));
                return counted.map(|item| conversation(operation, item)).collect();
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).build();
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys.map_err(failed(operation))?)
                .send()
                .await
                .map_err(failed(operation))?;
            found.extend(output.responses.unwrap_or_default().into_values().flatten());
            wanted = left_over(output.unprocessed_keys);
        }
        Err(PortError::new(operation, "the table leaves keys out again and again"))
    }
}

fn conversation(operation: &'static str, item: &Item) -> Result<(ConversationKey, Conversation), PortError> {
    let number = |name: &str| {
        let value = item.get(name).and_then(|value: &AttributeValue| value.as_n().ok());
        value.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let to = text(TO).map_or("", String::as_str);
    let to = domain::values::phone::PhoneNumber::parse(to).map_err(failed(operation))?;
    let conversation = Conversation {
        outbound: number(OUTBOUND),
        inbound: number(INBOUND),
        contact_name: text(CONTACT_NAME).cloned(),
    };
    Ok(((items::parsed(operation, item, SESSION_ID)?, to), conversation))
}
