//! The local stack, as the rules need it.
//!
//! Tables are those of the deployed stack, except those that a schedule empties. These and the queues are made again for
//! each use, with the settings of the deployed ones: of those, the deployed functions would take what a rule puts in.

use std::collections::HashMap;

use crate::contacts::Ledger;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::reading::listing::Bookmark;
use domain::reading::projection::{Counter, Delta};
use domain::reading::statistics::{Day, HourTally};
use domain::sending::ticket::Delivery;
use domain::values::ids::AccountId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::adapters::{
    Aws, DynamoAccounts, DynamoAnswers, DynamoCampaigns, DynamoChores, DynamoContacts, DynamoConversations,
    DynamoCounters, DynamoDeletions, DynamoDue, DynamoLimits, DynamoMessages, DynamoPacers, DynamoSessions,
    DynamoStatistics, DynamoWatched, QueueUrls, S3Files, SqsTickets, SqsTimer, StackSecret, Vault,
};
use shared::ports::{
    AcceptMessages, ChangeSessions, Conversation, ConversationKey, CountChanges, Counted, DeleteSessions,
    DeleteTickets, EndHolds, FinishDeletions, HideTickets, KeepBookmarks, KeepChats, KnowContacts, PortError,
    ReadConversations, ReadStatistics, Received, SendLater, SendTickets,
};

use crate::queues::Queues;
use crate::sample;
use crate::{ChangingSessions, Sessions};

/// A running local stack.
#[derive(Debug)]
pub struct LocalStack {
    aws: Aws,
    endpoint: String,
    outputs: HashMap<String, String>,
}

impl LocalStack {
    /// The stack that the environment variable `PACELINE_STACK` names: the path of its `stack.json`.
    ///
    /// # Panics
    /// When there is none. Nothing is skipped in silence.
    pub async fn find() -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests are configured by the environment alone")]
        let path = std::env::var("PACELINE_STACK").expect(
            "PACELINE_STACK is not set: these tests need a local stack. Run `make test`, which starts one, or give the \
             path of the stack.json of a running one.",
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let about: serde_json::Value = serde_json::from_str(&text).expect("stack.json is JSON");
        let field =
            |name: &str| about[name].as_str().unwrap_or_else(|| panic!("{path} has no {name}")).to_owned();
        let endpoint = field("awsEndpoint");
        let outputs =
            serde_json::from_value(about["outputs"].clone()).expect("the stack's outputs are texts");
        Self { aws: Aws::from_loader(Self::loader_for(&endpoint)).await, endpoint, outputs }
    }

    /// How the SDK finds it, and that it calls as its administrator.
    pub fn loader(&self) -> ConfigLoader {
        Self::loader_for(&self.endpoint)
    }

    fn loader_for(endpoint: &str) -> ConfigLoader {
        let administrator = Credentials::new("test", "test", None, None, "tests");
        let config = aws_config::defaults(BehaviorVersion::latest()).credentials_provider(administrator);
        config.region(Region::new("us-east-1")).endpoint_url(endpoint)
    }

    /// An output of its template, such as `MessagesTableName`.
    ///
    /// # Panics
    /// When there is no such output.
    pub fn output(&self, name: &str) -> String {
        self.outputs
            .get(name)
            .unwrap_or_else(|| panic!("the stack has no output {name}: {:?}", self.outputs))
            .clone()
    }

    /// A client of its `DynamoDB`.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.aws.dynamodb()
    }

    /// Its table of messages.
    pub fn messages(&self) -> DynamoMessages {
        DynamoMessages::new(self.aws.dynamodb(), self.output("MessagesTableName"))
    }

    /// Its table of sessions, with a vault of our own.
    pub fn sessions(&self) -> DynamoSessions {
        DynamoSessions::new(self.aws.dynamodb(), self.output("SessionsTableName"), vault())
    }

    /// Its table of sessions, for whoever changes and deletes them.
    pub fn changing_sessions(&self) -> impl ChangingSessions {
        StackSessions(self)
    }

    /// Its table of campaigns.
    pub fn campaigns(&self) -> DynamoCampaigns {
        DynamoCampaigns::new(self.aws.dynamodb(), self.output("CampaignsTableName"))
    }

    /// Its table of accounts.
    pub fn accounts(&self) -> DynamoAccounts {
        DynamoAccounts::new(self.aws.dynamodb(), self.output("AccountsTableName"))
    }

    /// Its table of request counters.
    pub fn limits(&self) -> DynamoLimits {
        DynamoLimits::new(self.aws.dynamodb(), self.output("LimitsTableName"))
    }

    /// The answers that are kept in it.
    pub fn answers(&self) -> DynamoAnswers {
        DynamoAnswers::new(self.aws.dynamodb(), self.output("LimitsTableName"), vault())
    }

    /// A table of wake-ups like its own, which nobody else reads.
    pub async fn due(&self) -> DynamoDue {
        DynamoDue::new(self.dynamodb(), self.copy_of_table("DueTableName").await)
    }

    /// The rows of chores in a table of wake-ups like its own, which nobody else reads.
    pub async fn chores(&self) -> DynamoChores {
        DynamoChores::new(self.dynamodb(), self.copy_of_table("DueTableName").await)
    }

    /// A table of watched sessions like its own, which nobody else reads.
    pub async fn watched(&self) -> DynamoWatched {
        DynamoWatched::new(self.dynamodb(), self.copy_of_table("WatchedTableName").await)
    }

    /// The pacers in its table of sessions.
    pub fn pacers(&self) -> DynamoPacers {
        DynamoPacers::new(self.dynamodb(), self.output("SessionsTableName"))
    }

    /// Makes a table with the keys of one of its own, and returns its name. It goes with the stack.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn copy_of_table(&self, output: &str) -> String {
        let (client, name) = (self.dynamodb(), format!("contract-{:032x}", sample::random()));
        let request = client.describe_table().table_name(self.output(output));
        let table = request.send().await.expect("the table is there").table.expect("a table");
        let keys = table.key_schema.expect("keys");
        let mut attributes = table.attribute_definitions.expect("attributes");
        attributes.retain(|attribute| keys.iter().any(|key| key.attribute_name == attribute.attribute_name));
        let request = client.create_table().table_name(&name).set_key_schema(Some(keys));
        let request = request.set_attribute_definitions(Some(attributes));
        let request = request.billing_mode(aws_sdk_dynamodb::types::BillingMode::PayPerRequest);
        request.send().await.expect("a table can be made");
        name
    }

    /// Its bucket. The bucket notifies the deployed functions of uploads that a rule puts there; they drop files that nobody
    /// asked for.
    pub fn files(&self) -> S3Files {
        S3Files::new(self.aws.s3(), self.output("BucketName"))
    }

    /// Its counters, and where pages begin.
    pub fn lists(&self) -> StackLists {
        let client = self.aws.dynamodb();
        let (statistics, conversations) =
            (self.output("StatisticsTableName"), self.output("ConversationsTableName"));
        StackLists {
            limits: self.limits(),
            statistics: DynamoStatistics::new(client.clone(), statistics.clone()),
            conversations: DynamoConversations::new(client.clone(), conversations.clone()),
            counters: DynamoCounters::new(
                client,
                statistics,
                conversations,
                self.output("CampaignsTableName"),
            ),
        }
    }

    /// Its contacts, as messages and conversations show them.
    pub fn contacts(&self) -> DynamoContacts {
        let conversations = self.output("ConversationsTableName");
        DynamoContacts::new(self.dynamodb(), self.output("MessagesTableName"), conversations)
    }

    /// Queues like its own, which nobody else reads.
    pub async fn queues(&self) -> StackQueues {
        let client = self.aws.sqs();
        let prefix = format!("contract-{:032x}", sample::random());
        let mut urls = Vec::new();
        for (output, suffix) in [
            ("HighQueueUrl", "-high.fifo"),
            ("NormalQueueUrl", "-normal.fifo"),
            ("BulkQueueUrl", "-bulk.fifo"),
            ("TimerQueueUrl", "-timer"),
        ] {
            urls.push(copy_queue(&client, &self.output(output), &format!("{prefix}{suffix}")).await);
        }
        let [high, normal, bulk, timer] = urls.try_into().expect("four queues");
        StackQueues { client, urls: QueueUrls { high, normal, bulk }, timer }
    }
}

impl Ledger for LocalStack {
    fn contacts(&self) -> impl KnowContacts + KeepChats {
        self.contacts()
    }

    fn messages(&self) -> impl AcceptMessages {
        self.messages()
    }

    fn counters(&self) -> impl CountChanges {
        self.lists()
    }
}

/// Counters, and where pages begin.
#[derive(Clone, Debug)]
pub struct StackLists {
    limits: DynamoLimits,
    statistics: DynamoStatistics,
    conversations: DynamoConversations,
    counters: DynamoCounters,
}

impl KeepBookmarks for StackLists {
    async fn put_bookmark(
        &self,
        list: &str,
        page: usize,
        bookmark: Bookmark,
        now: Timestamp,
    ) -> Result<(), PortError> {
        self.limits.put_bookmark(list, page, bookmark, now).await
    }

    async fn bookmark(&self, list: &str, page: usize, now: Timestamp) -> Result<Option<Bookmark>, PortError> {
        self.limits.bookmark(list, page, now).await
    }
}

impl CountChanges for StackLists {
    async fn add(&self, counter: &Counter, delta: &Delta, now: Timestamp) -> Result<Counted, PortError> {
        self.counters.add(counter, delta, now).await
    }
}

impl ReadStatistics for StackLists {
    async fn hours(&self, account_id: AccountId, from: Day, to: Day) -> Result<Vec<HourTally>, PortError> {
        self.statistics.hours(account_id, from, to).await
    }
}

impl ReadConversations for StackLists {
    async fn conversations(
        &self,
        keys: &[ConversationKey],
    ) -> Result<Vec<(ConversationKey, Conversation)>, PortError> {
        self.conversations.conversations(keys).await
    }
}

/// A vault that the deployed functions do not share.
///
/// # Panics
/// Never: the secret is long enough.
pub fn vault() -> Vault {
    let secret = StackSecret::new("contract".repeat(8)).expect("a long secret");
    Vault::new(&secret).expect("a vault")
}

/// Makes a queue with the settings of another one, but for its dead-letter queue.
async fn copy_queue(client: &aws_sdk_sqs::Client, from: &str, name: &str) -> String {
    let wanted = [
        QueueAttributeName::FifoQueue,
        QueueAttributeName::ContentBasedDeduplication,
        QueueAttributeName::DeduplicationScope,
        QueueAttributeName::FifoThroughputLimit,
        QueueAttributeName::VisibilityTimeout,
    ];
    let request = client.get_queue_attributes().queue_url(from).attribute_names(QueueAttributeName::All);
    let mut attributes = request.send().await.expect("the queue is there").attributes.unwrap_or_default();
    attributes.retain(|name, value| wanted.contains(name) && !value.is_empty());
    let request = client.create_queue().queue_name(name).set_attributes(Some(attributes));
    request.send().await.expect("a queue can be made").queue_url.expect("a queue has an address")
}

/// Queues of a rule's own.
#[derive(Debug)]
pub struct StackQueues {
    client: aws_sdk_sqs::Client,
    urls: QueueUrls,
    timer: String,
}

impl StackQueues {
    fn url(&self, priority: Priority) -> &str {
        match priority {
            Priority::High => &self.urls.high,
            Priority::Normal => &self.urls.normal,
            Priority::Bulk => &self.urls.bulk,
        }
    }

    /// Deletes them.
    pub async fn delete_all(&self) {
        for url in [&self.urls.high, &self.urls.normal, &self.urls.bulk, &self.timer] {
            self.client.delete_queue().queue_url(url).send().await.expect("a queue can be deleted");
        }
    }

    async fn receive_from(&self, url: &str) -> Vec<Received> {
        let request = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(0)
            .message_system_attribute_names(aws_sdk_sqs::types::MessageSystemAttributeName::All);
        let output = request.send().await.expect("the queue answers");
        output.messages.unwrap_or_default().into_iter().map(received).collect()
    }
}

fn received(message: aws_sdk_sqs::types::Message) -> Received {
    use aws_sdk_sqs::types::MessageSystemAttributeName::{ApproximateReceiveCount, SentTimestamp};
    let attributes = message.attributes.unwrap_or_default();
    let number = |name| attributes.get(&name).and_then(|text| text.parse::<i64>().ok()).expect("a number");
    let delivery = Delivery {
        receives: u32::try_from(number(ApproximateReceiveCount)).expect("a small number"),
        sent_at: Timestamp::from_millis(number(SentTimestamp)),
    };
    Received {
        id: message.message_id.expect("an id"),
        handle: message.receipt_handle.expect("a handle"),
        body: message.body.expect("a body"),
        delivery,
    }
}

impl Queues for StackQueues {
    fn tickets(&self) -> impl SendTickets + HideTickets + DeleteTickets {
        SqsTickets::new(self.client.clone(), self.urls.clone())
    }

    fn timer(&self) -> impl SendLater {
        SqsTimer::new(self.client.clone(), self.timer.clone())
    }

    async fn receive(&self, priority: Priority) -> Vec<Received> {
        self.receive_from(self.url(priority)).await
    }

    async fn delete(&self, priority: Priority, handle: &str) {
        let request = self.client.delete_message().queue_url(self.url(priority)).receipt_handle(handle);
        request.send().await.expect("a message in flight can be deleted");
    }

    async fn receive_due(&self) -> Vec<Received> {
        self.receive_from(&self.timer).await
    }

    async fn pass(&self, millis: u32) {
        use shared::ports::Clock;
        shared::adapters::SystemClock.sleep(i64::from(millis)).await;
    }
}

struct StackSessions<'a>(&'a LocalStack);

impl ChangingSessions for StackSessions<'_> {
    fn sessions(&self) -> impl Sessions + ChangeSessions + EndHolds {
        self.0.sessions()
    }

    fn deletions(&self) -> impl DeleteSessions + FinishDeletions {
        DynamoDeletions::new(self.0.dynamodb(), self.0.output("SessionsTableName"))
    }
}
