//! What stands behind the ports on AWS.
//!
//! | adapter | made with | ports |
//! |---|---|---|
//! | [`DynamoMessages`] | `new(client, table)` | `AcceptMessages`, `ReadMessages`, `ListMessages`, `CancelMessages`, `DispatchMessages`, `ReportMessages` |
//! | [`DynamoSessions`] | `new(client, table, vault)` | `ReadSessions`, `LeaseSessions`, `WriteSessions` |
//! | [`DynamoAccounts`] | `new(client, table)` | `ReadApiKeys`, `WriteAccounts` |
//! | [`DynamoCampaigns`] | `new(client, table)` | `ReadCampaigns`, `WriteCampaigns`, `ControlCampaigns`, `DispatchCampaigns` |
//! | [`DynamoCounters`] | `new(client, statistics, conversations, campaigns)` | `CountChanges` |
//! | [`DynamoRecount`] | `new(counters, messages)` | `ReplaceCounters` |
//! | [`DynamoStatistics`] | `new(client, table)` | `ReadStatistics` |
//! | [`DynamoConversations`] | `new(client, table)` | `ReadConversations` |
//! | [`DynamoLimits`] | `new(client, table)` | `CountRequests`, `KeepBookmarks` |
//! | [`SqsTickets`] | `new(client, queue_urls)` | `SendTickets`, `HideTickets` |
//! | [`SqsTimer`] | `new(client, queue_url)` | `SendLater` |
//! | [`StackKeyring`] | `new(&stack_secret)?` | `Keyring` |
//! | [`SystemClock`] | – | `Clock` |
//! | [`SystemEntropy`] | – | `Entropy` |
//!
//! [`Aws`] makes the clients, [`stack_secret`] fetches the root of all keys, and [`Vault`] encrypts what sessions keep
//! secret. The names and formats of all that is stored are in `keys.rs`.

mod accounts;
mod bookmarks;
mod campaigns;
mod clients;
mod counters;
mod failure;
mod items;
mod keyring;
mod keys;
mod limits;
mod messages;
mod queues;
mod secrets;
mod sessions;
mod system;
mod update;
mod vault;

pub use accounts::DynamoAccounts;
pub use campaigns::DynamoCampaigns;
pub use clients::Aws;
pub use counters::{DynamoConversations, DynamoCounters, DynamoRecount, DynamoStatistics};
pub use keyring::StackKeyring;
pub use limits::DynamoLimits;
pub use messages::DynamoMessages;
pub use queues::{QueueUrls, SqsTickets, SqsTimer};
pub use secrets::{StackSecret, stack_secret};
pub use sessions::DynamoSessions;
pub use system::{SystemClock, SystemEntropy};
pub use vault::Vault;
