//! Counters that follow the stream of the table of messages: statistics, conversations, campaigns.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::campaign::{Campaign, CampaignState, Counts};
use domain::reading::projection::{Counter, Delta, Field, SequenceNumber};
use domain::reading::statistics::{Day, HourOfDay, HourTally, Tally};
use domain::tuning::STATISTICS_KEPT_DAYS;
use domain::values::ids::{AccountId, MessageKey};
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::failure::failed;
use super::items::{self, Item};
use super::keys::{
    ACCOUNT_ID, BUCKET, CAMPAIGN_ID, CONTACT_NAME, COUNTS, COUNTS_THROUGH, EXPIRES_AT, FINISHED_AT,
    FIRST_MESSAGE_ID, HourName, INBOUND, MESSAGE_ID, OUTBOUND, RECOUNT, SESSION_ID, STATE, StatisticsKey, TO,
    campaign_key, conversation_key, message_key,
};
use super::table::{
    Path, Query, Table, Update, Write, Written, absent, at_most, between, equal, less, present,
};
use crate::ports::{
    Conversation, ConversationKey, CountChanges, Counted, PortError, ReadConversations, ReadStatistics,
    ReplaceCounters,
};

/// How long the mark of a recount is kept, in seconds.
const MARK_KEPT_S: i64 = 24 * 3600;

/// The tables that hold counters.
#[derive(Clone, Debug)]
pub struct DynamoCounters {
    statistics: Table,
    conversations: Table,
    campaigns: Table,
}

/// The table of statistics.
#[derive(Clone, Debug)]
pub struct DynamoStatistics {
    table: Table,
}

/// The table of conversations.
#[derive(Clone, Debug)]
pub struct DynamoConversations {
    table: Table,
}

impl DynamoCounters {
    /// The tables of these names.
    pub fn new(client: Client, statistics: String, conversations: String, campaigns: String) -> Self {
        Self {
            statistics: Table::new(client.clone(), statistics),
            conversations: Table::new(client.clone(), conversations),
            campaigns: Table::new(client, campaigns),
        }
    }

    /// The table of a counter, and its key there.
    fn place(&self, counter: &Counter) -> (&Table, Item) {
        match counter {
            Counter::Day { account_id, session_id, day } => {
                let bucket = StatisticsKey::Day(*day, *session_id);
                (&self.statistics, statistics_key(account_id.to_string(), &bucket))
            }
            Counter::Mark(mark) => (&self.statistics, statistics_key(mark.clone(), &StatisticsKey::Mark)),
            Counter::Conversation { session_id, to } => {
                (&self.conversations, conversation_key(*session_id, to))
            }
            Counter::Campaign { account_id, campaign_id } => {
                (&self.campaigns, campaign_key(*account_id, *campaign_id))
            }
        }
    }

    /// Notes that a campaign has ended, once its counts say so. Doing so twice changes nothing.
    async fn finish(&self, item: Option<Item>, now: Timestamp) -> Result<(), PortError> {
        let operation = "counters.finish";
        let Some(item) = item else { return Ok(()) };
        let campaign: Campaign = items::from_item(operation, item)?;
        if !campaign.has_ended() || campaign.finished_at.is_some() {
            return Ok(());
        }
        let write = Write::update(campaign_key(campaign.account_id, campaign.campaign_id))
            .set(FINISHED_AT, now)
            .only_if(absent(FINISHED_AT));
        let write = match campaign.state {
            CampaignState::Running | CampaignState::Paused => {
                write.set(STATE, CampaignState::Finished).only_if(equal(STATE, campaign.state))
            }
            CampaignState::Cancelled | CampaignState::Finished => write,
        };
        self.campaigns.write(operation, write).await.map(drop)
    }
}

impl CountChanges for DynamoCounters {
    async fn add(&self, counter: &Counter, delta: &Delta, now: Timestamp) -> Result<Counted, PortError> {
        let (table, key) = self.place(counter);
        let write = adding(Write::update(key), counter, delta, now).returning_item();
        let written = table.write("counters.add", write).await?;
        let (is_done, item) = (written.is_done(), written.item());
        let through = item.as_ref().and_then(|item| item.get(COUNTS_THROUGH));
        let through = through.and_then(|value| value.as_s().ok()).and_then(|text| text.parse().ok());
        if matches!(counter, Counter::Campaign { .. }) {
            self.finish(item, now).await?;
        }
        match through {
            Some(through) if !is_done => Ok(Counted::Already(through)),
            // Done, or refused without a mark: then the campaign is gone, and needs no count.
            Some(_) | None => Ok(Counted::Yes),
        }
    }
}

/// Counters, and the table of the messages that they count.
#[derive(Clone, Debug)]
pub struct DynamoRecount {
    counters: DynamoCounters,
    messages: Table,
}

impl DynamoRecount {
    /// These counters, for the table of messages of this name.
    pub fn new(counters: DynamoCounters, messages: String) -> Self {
        let messages = counters.statistics.beside(messages);
        Self { counters, messages }
    }
}

impl ReplaceCounters for DynamoRecount {
    async fn leave_mark(&self, key: MessageKey, mark: &str) -> Result<(), PortError> {
        let write = Write::update(message_key(key)).set(RECOUNT, mark).only_if(present(MESSAGE_ID));
        self.messages.write("counters.leave_mark", write).await.map(drop)
    }

    async fn mark(&self, mark: &str) -> Result<Option<SequenceNumber>, PortError> {
        let operation = "counters.mark";
        let (table, key) = self.counters.place(&Counter::Mark(mark.to_owned()));
        let found = table.get(operation, key).await?;
        found.map(|item| items::parsed(operation, &item, COUNTS_THROUGH)).transpose()
    }

    async fn replace(&self, counter: &Counter, all: &Delta) -> Result<bool, PortError> {
        let (table, key) = self.counters.place(counter);
        let all_zero = every_field(counter).map(|field| (field, 0));
        let numbers: BTreeMap<Field, i64> = all_zero.chain(all.adds.clone()).collect();
        let write = numbers
            .iter()
            .filter_map(|(field, count)| Some((path_of(*field)?, count)))
            .fold(Write::update(key), |write, (path, count)| write.set(path, count))
            .set(COUNTS_THROUGH, &all.last)
            .only_if(absent(COUNTS_THROUGH).or(at_most(COUNTS_THROUGH, &all.last)))
            .returning_refused();
        let write = match counter {
            Counter::Day { day, .. } => write.set(EXPIRES_AT, kept_until(*day)),
            Counter::Conversation { .. } => conversing(write, all),
            Counter::Campaign { .. } => write.only_if(present(CAMPAIGN_ID)),
            Counter::Mark(_) => write,
        };
        let written = table.write("counters.replace", write).await?;
        Ok(matches!(written, Written::Done(_) | Written::Refused(None)))
    }
}

/// Where a number is in its counter. Some states of campaigns' messages are not counted.
fn path_of(field: Field) -> Option<Path> {
    match field {
        Field::Hour(hour, status) => Some(HourName::of(hour, Status::ALL[status]).to_string().into()),
        Field::Inbound => Some(INBOUND.into()),
        Field::Outbound => Some(OUTBOUND.into()),
        Field::State(status) => Counts::name_of(Status::ALL[status]).map(|name| [COUNTS, name].into()),
    }
}

/// All numbers that a counter may have. A recount sets those without messages to zero.
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

/// The write that adds a delta, unless the counter already holds its first change.
fn adding(write: Write<Update>, counter: &Counter, delta: &Delta, now: Timestamp) -> Write<Update> {
    let numbers = delta.adds.iter().filter_map(|(field, count)| Some((path_of(*field)?, count)));
    let write = numbers
        .fold(write, |write, (path, count)| write.add(path, count))
        .set(COUNTS_THROUGH, &delta.last)
        .only_if(absent(COUNTS_THROUGH).or(less(COUNTS_THROUGH, &delta.first)));
    match counter {
        Counter::Day { day, .. } => write.set(EXPIRES_AT, kept_until(*day)),
        Counter::Conversation { .. } => conversing(write, delta),
        Counter::Mark(_) => write.set(EXPIRES_AT, now.as_seconds() + MARK_KEPT_S),
        Counter::Campaign { .. } => write.only_if(present(CAMPAIGN_ID)),
    }
}

/// What a conversation stores in addition to its numbers. A contact's name stays until there is a newer one.
fn conversing(write: Write<Update>, delta: &Delta) -> Write<Update> {
    let write = write.set(EXPIRES_AT, delta.expires_at);
    let write = match &delta.contact_name {
        Some(name) => write.set(CONTACT_NAME, name),
        None => write,
    };
    match delta.first_outbound {
        Some(first) => write.set_if_absent(FIRST_MESSAGE_ID, first),
        None => write,
    }
}

fn statistics_key(account: String, bucket: &StatisticsKey) -> Item {
    items::key([(ACCOUNT_ID, account), (BUCKET, bucket.to_string())])
}

impl DynamoStatistics {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl ReadStatistics for DynamoStatistics {
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError> {
        let operation = "statistics.hours";
        // The text of the next day sorts behind all buckets of the last day, and before those of the next.
        let days = between(BUCKET, from.to_string(), to.plus(1).to_string());
        let query = Query::of(equal(ACCOUNT_ID, account_id).and(days));
        let found = self.table.all(operation, query).await?;
        let mut hours = Vec::new();
        for item in &found {
            let StatisticsKey::Day(day, _) = items::parsed(operation, item, BUCKET)? else { continue };
            hours.extend(hours_of(day, item));
        }
        Ok(hours)
    }
}

/// The hours of a session's day. Attributes that are no counters are skipped.
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
        Self { table: Table::new(client, table) }
    }
}

impl ReadConversations for DynamoConversations {
    async fn conversations(
        &self,
        keys: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, Conversation)>, PortError> {
        let operation = "conversations.get";
        let wanted = keys.iter().map(|(session_id, to)| conversation_key(*session_id, to)).collect();
        let found = self.table.get_many(operation, wanted).await?;
        // An item that holds only notes of the dispatcher was not counted yet.
        let counted = found.iter().filter(|item| item.contains_key(COUNTS_THROUGH));
        counted.map(|item| conversation(operation, item)).collect()
    }
}

fn conversation(operation: &'static str, item: &Item) -> Result<(ConversationKey, Conversation), PortError> {
    let number = |name: &str| {
        let value = item.get(name).and_then(|value: &AttributeValue| value.as_n().ok());
        value.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let to = text(TO).map_or("", String::as_str);
    let to = domain::values::contact::Contact::try_from(to.to_owned()).map_err(failed(operation))?;
    let conversation = Conversation {
        outbound: number(OUTBOUND),
        inbound: number(INBOUND),
        contact_name: text(CONTACT_NAME).cloned(),
    };
    Ok(((items::parsed(operation, item, SESSION_ID)?, to), conversation))
}
