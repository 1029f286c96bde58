//! Names and formats of everything in `DynamoDB`.
//!
//! | table | partition key | sort key | item |
//! |---|---|---|---|
//! | messages | `sessionId` | `messageId` | a message; its attributes are the fields of [`domain::message::Message`], but for its time to live, `ttl` |
//! | – index `pending` (local) | `sessionId` | `pendingKey` | present while a message waits or is being sent, in sending order |
//! | – index `byProviderKey` (local) | `sessionId` | `providerKey` | the provider's id, of messages that reports are found by it; or that the outcome is unknown |
//! | – index `byAccount` | `accountId` | `messageId` | where an account's message is; `to` and `direction`, which never change |
//! | sessions | `sessionId` | `kind` = `config` | configuration: the fields of `StoredConfig` (`sessions.rs`), `provider` (encrypted), `deletedAt` |
//! | sessions | `sessionId` | `kind` = `pacer` | the fields of [`domain::sending::pacer::Pacer`]; no `accountId`, so that it never costs a write to the index |
//! | – index `byAccount` | `accountId` | `sessionId` | the sessions of an account |
//! | accounts | `pk` = `account#<id>` | | an account: `name`, `createdAt`; no `accountId`, so that the index holds keys alone |
//! | accounts | `pk` = `api-key#<hash>` | | an API key: `keyId`, `accountId`, `name`, `prefix`, `createdAt`, `lastUsedAt` |
//! | – index `byAccount` | `accountId` | `pk` | the API keys of an account |
//! | accounts | `pk` = `identity#<hash of issuer and subject>` | | somebody who logs in: `owner` (the account), `issuer`, `subject`, `createdAt`; no `accountId`, as above |
//! | campaigns | `accountId` | `campaignId` | a campaign; its attributes are the fields of [`domain::campaign::Campaign`] |
//! | statistics | `accountId` | `bucket` = `<day>#<session id>` | how many messages of a session there are by [`HourName`]; `countsThrough`, `expiresAt` |
//! | statistics | a recount's mark | `bucket` = `mark` | `countsThrough`: where in the stream the recount left it; `expiresAt` |
//! | conversations | `sessionId` | `to` | how many messages went to and came from a contact: `outbound`, `inbound`, `contactName`, `countsThrough`, `expiresAt`; `firstMessageId`: the first message to the contact that was stored; `writtenAt`: when a session that counts new contacts first wrote to it; `chat` and `chatToldAt`: what a provider calls the chat |
//! | limits | `pk` = `page#<list>#<page>` | | where a page of a list begins: `walk`, `after`, `expiresAt` |
//! | limits | `pk` = `<kind of request>#<client>` | | how many requests a client made: `used`, `windowEnds`, `expiresAt` |
//! | limits | `pk` = `answer#<account>#<hash of account, route and idempotency key>` | | a request that may be sent again: `fingerprint`, `seedAt`, `seedRandom`, `leaseUntil`, `answerStatus`, `answer` (encrypted), `expiresAt` |
//! | limits | `pk` = `once#<what>` | | something that may be used once, and was: `expiresAt` |
//! | due | `shard` | `dueKey` | a wake-up that lies too far ahead for the timer: `sessionId`, `priority` |
//! | watched | `shard` | `sessionId` | a session that has work, or had some not long ago: `watchedAt`, `restsUntil` |
//!
//! The bucket has these objects, each below the account and the campaign that it belongs to:
//!
//! | object | what |
//! |---|---|
//! | `uploads/<accountId>/<campaignId>.csv` | a file that its owner put there by a signed address |
//! | `campaigns/<accountId>/<campaignId>/draft.json` | what the recipients of such a file have in common |
//! | `campaigns/<accountId>/<campaignId>/upload.csv`, `…/upload.json` | what came with a request, as it came |
//! | `campaigns/<accountId>/<campaignId>/rejected.csv` | the rejected recipients |
//! | `campaigns/<accountId>/<campaignId>/segments/<n>.jsonl` | a portion of the others, [`domain::bulk::SegmentRow`]s |
//!
//! Ids are hyphenated UUIDs, times are milliseconds since the Unix epoch as numbers. Only `DynamoDB`'s time to
//! live is in seconds: a message's `ttl`, and `expiresAt` in the other tables. The format of `pendingKey` is [`domain::message::pending::PendingKey`]'s.

mod answers;
mod counters;
mod due;
mod files;
mod primary;

use std::fmt;
use std::str::FromStr;

use domain::values::ids::AccountId;

pub(super) use answers::AnswersKey;
pub(super) use counters::{HourName, StatisticsKey, bookmark_key};
pub(super) use due::{DueKey, shard_name};
pub(super) use files::upload_of;
pub(super) use primary::{campaign_key, conversation_key, message_key, session_key};

use crate::ports::ApiKeyHash;

pub(super) const SESSION_ID: &str = "sessionId";
pub(super) const MESSAGE_ID: &str = "messageId";
pub(super) const ACCOUNT_ID: &str = "accountId";
pub(super) const PENDING_KEY: &str = "pendingKey";

pub(super) const STATUS: &str = "status";
pub(super) const FENCE: &str = "fence";
pub(super) const ATTEMPTS: &str = "attempts";
pub(super) const ERROR: &str = "error";
pub(super) const ERROR_CODE: &str = "code";
pub(super) const PROVIDER_MESSAGE_ID: &str = "providerMessageId";
pub(super) const PROVIDER_KEY: &str = "providerKey";
pub(super) const SENDING_AT: &str = "sendingAt";
pub(super) const SENT_AT: &str = "sentAt";
pub(super) const DELIVERED_AT: &str = "deliveredAt";
pub(super) const READ_AT: &str = "readAt";
pub(super) const FAILED_AT: &str = "failedAt";
pub(super) const CANCELLED_AT: &str = "cancelledAt";

pub(super) const CAMPAIGN_ID: &str = "campaignId";
pub(super) const STATE: &str = "state";
pub(super) const DECISIONS: &str = "decisions";
pub(super) const PAUSED_REASON: &str = "pausedReason";
pub(super) const TOTAL: &str = "total";
pub(super) const REJECTED: &str = "rejected";
pub(super) const STORED: &str = "stored";
pub(super) const INGESTED_AT: &str = "ingestedAt";

pub(super) const COUNTS: &str = "counts";
pub(super) const COUNTS_THROUGH: &str = "countsThrough";
pub(super) const FINISHED_AT: &str = "finishedAt";

pub(super) const RECOUNT: &str = "recount";

pub(super) const BUCKET: &str = "bucket";
pub(super) const TO: &str = "to";
pub(super) const INBOUND: &str = "inbound";
pub(super) const OUTBOUND: &str = "outbound";
pub(super) const CONTACT_NAME: &str = "contactName";
pub(super) const FIRST_MESSAGE_ID: &str = "firstMessageId";
pub(super) const WRITTEN_AT: &str = "writtenAt";
pub(super) const CHAT: &str = "chat";
pub(super) const CHAT_TOLD_AT: &str = "chatToldAt";

pub(super) const KIND: &str = "kind";
pub(super) const PROVIDER: &str = "provider";
pub(super) const LEASE: &str = "lease";
pub(super) const FAILURES: &str = "failures";
pub(super) const HOLD: &str = "hold";
pub(super) const DELETED_AT: &str = "deletedAt";

pub(super) const KEY_ID: &str = "keyId";
pub(super) const LAST_USED_AT: &str = "lastUsedAt";
pub(super) const NEW_CONTACTS_HOLD: &str = "newContactsHold";
pub(super) const LOOKED: &str = "looked";

pub(super) const USED: &str = "used";
pub(super) const WINDOW_ENDS: &str = "windowEnds";
pub(super) const EXPIRES_AT: &str = "expiresAt";
/// Time to live of a message.
pub(super) const TTL: &str = "ttl";
pub(super) const RETENTION: &str = "retention";

pub(super) const FINGERPRINT: &str = "fingerprint";
pub(super) const SEED_AT: &str = "seedAt";
pub(super) const SEED_RANDOM: &str = "seedRandom";
pub(super) const LEASE_UNTIL: &str = "leaseUntil";
pub(super) const ANSWER_STATUS: &str = "answerStatus";
pub(super) const ANSWER: &str = "answer";

pub(super) const PK: &str = "pk";

pub(super) const SHARD: &str = "shard";
pub(super) const DUE_KEY: &str = "dueKey";
/// Partition of the table of wake-ups that holds the open chores.
pub(super) const CHORES: &str = "chores";
pub(super) const CHORE: &str = "chore";
pub(super) const STEP: &str = "step";
pub(super) const DUE: &str = "due";
pub(super) const WATCHED_AT: &str = "watchedAt";
pub(super) const RESTS_UNTIL: &str = "restsUntil";
pub(super) const STILL_SINCE: &str = "stillSince";

/// Local index of the messages table.
pub(super) const PENDING_INDEX: &str = "pending";
/// Local index of the messages table.
pub(super) const BY_PROVIDER_KEY_INDEX: &str = "byProviderKey";
/// The provider key of messages whose outcome is unknown; no provider gives such an id.
pub(super) const UNKNOWN_KEY: &str = "outcome unknown";
/// Global index of the messages, sessions and accounts tables.
pub(super) const BY_ACCOUNT_INDEX: &str = "byAccount";

/// The two items of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionItem {
    Config,
    Pacer,
}

impl SessionItem {
    /// The sort key.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Pacer => "pacer",
        }
    }
}

/// Partition key of the accounts table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AccountsKey {
    Account(AccountId),
    ApiKey(ApiKeyHash),
    /// The hash of issuer and subject, in hexadecimal: their own texts may be long.
    Identity(String),
}

/// A text is not a partition key of the accounts table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotAnAccountsKey;

const ACCOUNT_PREFIX: &str = "account#";
const API_KEY_PREFIX: &str = "api-key#";
const IDENTITY_PREFIX: &str = "identity#";

impl fmt::Display for AccountsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account_id) => write!(f, "{ACCOUNT_PREFIX}{account_id}"),
            Self::ApiKey(ApiKeyHash(hash)) => write!(f, "{API_KEY_PREFIX}{hash}"),
            Self::Identity(hash) => write!(f, "{IDENTITY_PREFIX}{hash}"),
        }
    }
}

impl FromStr for AccountsKey {
    type Err = NotAnAccountsKey;

    fn from_str(text: &str) -> Result<Self, NotAnAccountsKey> {
        if let Some(id) = text.strip_prefix(ACCOUNT_PREFIX) {
            return id.parse().map(Self::Account).map_err(|_| NotAnAccountsKey);
        }
        if let Some(hash) = text.strip_prefix(IDENTITY_PREFIX) {
            return Ok(Self::Identity(hash.to_owned()));
        }
        let hash = text.strip_prefix(API_KEY_PREFIX).ok_or(NotAnAccountsKey)?;
        Ok(Self::ApiKey(ApiKeyHash(hash.to_owned())))
    }
}

#[cfg(test)]
mod tests;
