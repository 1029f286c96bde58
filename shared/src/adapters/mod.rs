//! The ports, implemented with AWS.
//!
//! | adapter | made with | ports |
//! |---|---|---|
//! | [`DynamoMessages`] | `new(client, table)` | `AcceptMessages`, `ReadMessages`, `ListMessages`, `CancelMessages`, `ClearMessages`, `DispatchMessages`, `ReportMessages`, `ReadLines` |
//! | [`DynamoSessions`] | `new(client, table, vault)` | `ReadSessions`, `LeaseSessions`, `WriteSessions`, `ChangeSessions`, `WalkSessions` |
//! | [`DynamoDeletions`] | `new(client, table)` | `DeleteSessions`, `FinishDeletions` |
//! | [`DynamoPacers`] | `new(client, table)` | `ReadPacers` |
//! | [`DynamoWatched`] | `new(client, table)` | `WatchSessions`, `SweepSessions` |
//! | [`DynamoAccounts`] | `new(client, table)` | `ReadApiKeys`, `NoteApiKeyUses`, `ManageApiKeys`, `WriteAccounts`, `KeepIdentities` |
//! | [`DynamoCampaigns`] | `new(client, table)` | `ReadCampaigns`, `WriteCampaigns`, `ControlCampaigns`, `DispatchCampaigns` |
//! | [`DynamoCounters`] | `new(client, statistics, conversations, campaigns)` | `CountChanges` |
//! | [`DynamoRecount`] | `new(counters, messages)` | `ReplaceCounters` |
//! | [`DynamoStatistics`] | `new(client, table)` | `ReadStatistics` |
//! | [`DynamoConversations`] | `new(client, table)` | `ReadConversations` |
//! | [`DynamoContacts`] | `new(client, messages, conversations)` | `KnowContacts`, `KeepChats` |
//! | [`DynamoLimits`] | `new(client, table)` | `CountRequests`, `KeepBookmarks`, `UseOnce` |
//! | [`DynamoAnswers`] | `new(client, table, vault)` | `KeepAnswers` |
//! | [`S3Files`] | `new(client, bucket)` | `WriteFiles`, `ReadFiles`, `SignUploads`, `LinkFiles` |
//! | [`SqsSteps`] | `new(client, queue_url)` | `SendSteps` |
//! | [`DynamoChores`] | `new(client, table)` | `BeginChores`, `RunChores`, `SweepChores` |
//! | [`SqsChoreSteps`] | `new(client, queue_url)` | `SendChoreSteps` |
//! | [`DynamoDue`] | `new(client, table)` | `KeepWakeUps`, `PromoteWakeUps` |
//! | [`SqsTickets`] | `new(client, queue_urls)` | `SendTickets`, `HideTickets`, `DeleteTickets` |
//! | [`SqsTimer`] | `new(client, queue_url)` | `SendLater`, `HideItems` |
//! | [`StackKeyring`] | `new(&stack_secret)?` | `Keyring` |
//! | [`SystemClock`] | – | `Clock` |
//! | [`SystemEntropy`] | – | `Entropy` |
//!
//! [`Aws`] makes the clients, [`stack_secret`] fetches the root of all keys, and [`Vault`] encrypts secrets that are
//! stored. The names and formats of everything that is stored are in `keys.rs`. Everything in `DynamoDB` is read and
//! written through `Table`: a write is a key, its changes and its conditions, and a refusal is a result, not an error.

mod accounts;
mod answers;
mod bookmarks;
mod campaigns;
mod chores;
mod clients;
mod contacts;
mod counters;
mod deletions;
mod due;
mod failure;
mod files;
mod identities;
mod items;
mod keyring;
mod keys;
mod limits;
mod messages;
mod pacers;
mod queues;
mod secrets;
mod sessions;
mod system;
mod table;
mod vault;
mod watch;

pub use accounts::DynamoAccounts;
pub use answers::DynamoAnswers;
pub use campaigns::DynamoCampaigns;
pub use chores::DynamoChores;
pub use clients::Aws;
pub use contacts::DynamoContacts;
pub use counters::{DynamoConversations, DynamoCounters, DynamoRecount, DynamoStatistics};
pub use deletions::DynamoDeletions;
pub use due::DynamoDue;
pub use files::{S3Files, S3Parts};
pub use keyring::StackKeyring;
pub use limits::DynamoLimits;
pub use messages::DynamoMessages;
pub use pacers::DynamoPacers;
pub use queues::{QueueUrls, SqsChoreSteps, SqsSteps, SqsTickets, SqsTimer};
pub use secrets::{StackSecret, stack_secret};
pub use sessions::DynamoSessions;
pub use system::{SystemClock, SystemEntropy};
pub use vault::Vault;
pub use watch::DynamoWatched;
