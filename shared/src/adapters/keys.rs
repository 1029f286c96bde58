//! Names and formats of everything in `DynamoDB`.
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
//! | limits | `pk` = `<kind of request>#<client>` | | how many requests a client made: `used`, `windowEnds`, `expiresAt` |
//! | due | `shard` | `dueKey` | a wake-up that lies too far ahead for the timer: `sessionId`, `priority` |
//! | watched | `shard` | `sessionId` | a session that has work, or had some not long ago: `watchedAt`, `restsUntil` |
//!
//! Ids are hyphenated UUIDs, times are milliseconds since the Unix epoch as numbers, `expiresAt` alone is in seconds
//! (`DynamoDB`'s time to live). The format of `pendingKey` is [`domain::pending::PendingKey`]'s.

use std::fmt;
use std::str::FromStr;

use domain::ids::{AccountId, MessageId};
use domain::time::Timestamp;

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

pub(super) const USED: &str = "used";
pub(super) const WINDOW_ENDS: &str = "windowEnds";
pub(super) const EXPIRES_AT: &str = "expiresAt";

pub(super) const PK: &str = "pk";

pub(super) const SHARD: &str = "shard";
pub(super) const DUE_KEY: &str = "dueKey";
pub(super) const WATCHED_AT: &str = "watchedAt";
pub(super) const RESTS_UNTIL: &str = "restsUntil";

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

/// Partition key of the tables `due` and `watched`.
pub(super) fn shard_name(shard: u8) -> String {
    format!("{shard:02}")
}

/// Sort key of the table `due`: `<due, 15 digits of ms>#<message id>`. As text it sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DueKey {
    pub(super) due: Timestamp,
    pub(super) message_id: MessageId,
}

/// A text is not a sort key of the table `due`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotADueKey;

impl DueKey {
    /// A text that sorts before all keys of that time, and after all earlier ones.
    pub(super) fn lower_bound(due: Timestamp) -> String {
        format!("{:015}", due.as_millis().max(0))
    }
}

impl fmt::Display for DueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", Self::lower_bound(self.due), self.message_id)
    }
}

impl FromStr for DueKey {
    type Err = NotADueKey;

    fn from_str(text: &str) -> Result<Self, NotADueKey> {
        let (due, message_id) = text.split_once('#').ok_or(NotADueKey)?;
        let key = Self {
            due: Timestamp::from_millis(due.parse().map_err(|_| NotADueKey)?),
            message_id: message_id.parse().map_err(|_| NotADueKey)?,
        };
        // One form only: what is read must sort as it is printed.
        if key.to_string() == text { Ok(key) } else { Err(NotADueKey) }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::SessionId;
    use domain::lease::{Fence, Lease, LeaseOwner};
    use domain::message::{Content, ContentType, Direction, Message, MessageError, StateTimes};
    use domain::pacer::{Hold, HoldReason, Pacer};
    use domain::pending::PendingKey;
    use domain::phone::PhoneNumber;
    use domain::priority::Priority;
    use domain::status::Status;
    use proptest::prelude::*;

    use super::super::items;
    use super::*;

    const NOW: Timestamp = Timestamp::EPOCH;

    fn any_key() -> impl Strategy<Value = AccountsKey> {
        prop_oneof![
            any::<u128>().prop_map(|n| AccountsKey::Account(AccountId::new(Timestamp::EPOCH, n))),
            "[0-9a-f]{64}".prop_map(|hash| AccountsKey::ApiKey(ApiKeyHash(hash))),
        ]
    }

    fn any_due_key() -> impl Strategy<Value = DueKey> {
        (0_i64..999_999_999_999_999, any::<u128>()).prop_map(|(due, random)| DueKey {
            due: Timestamp::from_millis(due),
            message_id: MessageId::new(NOW, random),
        })
    }

    proptest! {
        #[test]
        fn due_keys_are_read_as_they_are_printed(key in any_due_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn due_keys_sort_as_text_as_they_sort_by_time(a in any_due_key(), b in any_due_key()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(a.due < b.due, a.to_string() < DueKey::lower_bound(b.due));
        }

        #[test]
        fn keys_are_read_as_they_are_printed(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn no_other_text_is_a_key(text in ".{0,80}") {
            if let Ok(key) = text.parse::<AccountsKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }

    fn full_message() -> Message {
        let message_id = MessageId::new(NOW, 1);
        let phone = PhoneNumber::parse("16505551234").unwrap();
        let content =
            Content { content_type: ContentType::Text, text: None, media_url: None, media_caption: None };
        let times = StateTimes {
            queued_at: Some(NOW),
            sending_at: Some(NOW),
            sent_at: Some(NOW),
            delivered_at: Some(NOW),
            read_at: Some(NOW),
            failed_at: Some(NOW),
            received_at: Some(NOW),
            cancelled_at: Some(NOW),
        };
        Message {
            session_id: SessionId::new(NOW, 2),
            message_id,
            account_id: AccountId::new(NOW, 3),
            direction: Direction::Outbound,
            to: phone,
            from: None,
            content,
            priority: Priority::Normal,
            status: Status::Queued,
            attempts: 1,
            fence: Fence(1),
            pending_key: Some(PendingKey { priority: Priority::Normal, due: NOW, message_id }),
            error: Some(MessageError::new("code", "detail")),
            provider_message_id: Some(String::new()),
            scheduled_at: None,
            created_at: NOW,
            times,
            expires_at: 1,
        }
    }

    #[test]
    fn the_names_of_a_message_are_its_fields() {
        let item = items::to_item("test", &full_message()).unwrap();
        for name in [
            SESSION_ID,
            MESSAGE_ID,
            ACCOUNT_ID,
            PENDING_KEY,
            STATUS,
            FENCE,
            ATTEMPTS,
            ERROR,
            PROVIDER_MESSAGE_ID,
            SENDING_AT,
            SENT_AT,
            DELIVERED_AT,
            READ_AT,
            FAILED_AT,
            CANCELLED_AT,
            EXPIRES_AT,
        ] {
            assert!(item.contains_key(name), "{name}");
        }
        assert!(item[ERROR].as_m().unwrap().contains_key(ERROR_CODE));
        assert_eq!(items::from_item::<Message>("test", item).unwrap(), full_message());
    }

    #[test]
    fn the_names_of_a_pacer_are_its_fields() {
        let hold = Hold { until: NOW, reason: HoldReason::RateLimited, detail: String::new() };
        // More than half of all numbers of 64 bits do not fit into a signed one, nor exactly into a float.
        let lease = Lease { owner: LeaseOwner(u64::MAX), until: NOW, message_id: MessageId::new(NOW, 1) };
        let pacer = Pacer { lease: Some(lease), hold: Some(hold), ..Pacer::default() };
        let item = items::to_item("test", &pacer).unwrap();
        for name in [FENCE, LEASE, NEXT_REPLY_AT, NEXT_BULK_AT, FAILURES, HOLD] {
            assert!(item.contains_key(name), "{name}");
        }
        assert!(item[LEASE].as_m().unwrap().contains_key(MESSAGE_ID));
        assert_eq!(items::from_item::<Pacer>("test", item).unwrap(), pacer);
    }
}
