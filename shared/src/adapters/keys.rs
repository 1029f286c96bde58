//! Names and formats of everything in DynamoDB.
//!
//! | table | partition key | sort key | item |
//! |---|---|---|---|
//! | messages | `sessionId` | `messageId` | a message; its attributes are the fields of [`domain::message::Message`] |
//! | – index `pending` (local) | `sessionId` | `pendingKey` | present while a message waits or is being sent, in sending order |
//! | – index `byAccount` | `accountId` | `messageId` | where an account's message is |
//! | sessions | `sessionId` | `kind` = `config` | configuration: `accountId`, `name`, `providerKind`, `provider` (encrypted), `pacing`, `createdAt` |
//! | sessions | `sessionId` | `kind` = `pacer` | the fields of [`domain::pacer::Pacer`]; no `accountId`, so that it never costs a write to the index |
//! | – index `byAccount` | `accountId` | `sessionId` | the sessions of an account |
//! | accounts | `pk` = `account#<id>` | | an account: `name`, `createdAt`; no `accountId`, so that the index holds keys alone |
//! | accounts | `pk` = `api-key#<hash>` | | an API key: `keyId`, `accountId`, `name`, `prefix`, `createdAt` |
//! | – index `byAccount` | `accountId` | `pk` | the API keys of an account |
//!
//! Ids are hyphenated UUIDs, times are milliseconds since the Unix epoch as numbers, `expiresAt` alone is in seconds
//! (DynamoDB's time to live). The format of `pendingKey` is [`domain::pending::PendingKey`]'s.

use std::fmt;
use std::str::FromStr;

use domain::ids::AccountId;

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
pub(super) const SENDING_AT: &str = "sendingAt";
pub(super) const SENT_AT: &str = "sentAt";
pub(super) const DELIVERED_AT: &str = "deliveredAt";
pub(super) const READ_AT: &str = "readAt";
pub(super) const FAILED_AT: &str = "failedAt";
pub(super) const CANCELLED_AT: &str = "cancelledAt";

pub(super) const KIND: &str = "kind";
pub(super) const PROVIDER: &str = "provider";
pub(super) const LEASE: &str = "lease";
pub(super) const NEXT_REPLY_AT: &str = "nextReplyAt";
pub(super) const NEXT_BULK_AT: &str = "nextBulkAt";
pub(super) const FAILURES: &str = "failures";
pub(super) const HOLD: &str = "hold";

pub(super) const PK: &str = "pk";

/// Local index of the messages table.
pub(super) const PENDING_INDEX: &str = "pending";
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
}

/// A text is not a partition key of the accounts table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotAnAccountsKey;

const ACCOUNT_PREFIX: &str = "account#";
const API_KEY_PREFIX: &str = "api-key#";

impl fmt::Display for AccountsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account_id) => write!(f, "{ACCOUNT_PREFIX}{account_id}"),
            Self::ApiKey(ApiKeyHash(hash)) => write!(f, "{API_KEY_PREFIX}{hash}"),
        }
    }
}

impl FromStr for AccountsKey {
    type Err = NotAnAccountsKey;

    fn from_str(text: &str) -> Result<Self, NotAnAccountsKey> {
        if let Some(id) = text.strip_prefix(ACCOUNT_PREFIX) {
            return id.parse().map(Self::Account).map_err(|_| NotAnAccountsKey);
        }
        let hash = text.strip_prefix(API_KEY_PREFIX).ok_or(NotAnAccountsKey)?;
        Ok(Self::ApiKey(ApiKeyHash(hash.to_owned())))
    }
}
