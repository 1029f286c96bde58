//! Names and formats of everything in `DynamoDB`.
//!
//! | table | partition key | sort key | item |
//! |---|---|---|---|
//! | messages | `sessionId` | `messageId` | a message; its attributes are the fields of [`domain::message::Message`] |
//! | – index `pending` (local) | `sessionId` | `pendingKey` | present while a message waits or is being sent, in sending order |
//! | – index `byProviderKey` (local) | `sessionId` | `providerKey` | the provider's id, of messages that reports are found by it; or that the outcome is unknown |
//! | – index `byAccount` | `accountId` | `messageId` | where an account's message is; `to` and `direction`, which never change |
//! | sessions | `sessionId` | `kind` = `config` | configuration: `accountId`, `name`, `providerKind`, `provider` (encrypted), `pacing`, `limits`, `createdAt`, `deletedAt` |
//! | sessions | `sessionId` | `kind` = `pacer` | the fields of [`domain::pacer::Pacer`]; no `accountId`, so that it never costs a write to the index |
//! | – index `byAccount` | `accountId` | `sessionId` | the sessions of an account |
//! | accounts | `pk` = `account#<id>` | | an account: `name`, `createdAt`; no `accountId`, so that the index holds keys alone |
//! | accounts | `pk` = `api-key#<hash>` | | an API key: `keyId`, `accountId`, `name`, `prefix`, `createdAt`, `lastUsedAt` |
//! | – index `byAccount` | `accountId` | `pk` | the API keys of an account |
//! | accounts | `pk` = `identity#<hash of issuer and subject>` | | somebody who logs in: `owner` (the account), `issuer`, `subject`, `createdAt`; no `accountId`, as above |
//! | campaigns | `accountId` | `campaignId` | a campaign; its attributes are the fields of [`domain::campaign::Campaign`] |
//! | statistics | `accountId` | `bucket` = `<day>#<session id>` | how many messages of a session there are by [`HourName`]; `countsThrough`, `expiresAt` |
//! | statistics | a recount's mark | `bucket` = `mark` | `countsThrough`: where in the stream the recount left it; `expiresAt` |
//! | conversations | `sessionId` | `to` | how many messages went to and came from a contact: `outbound`, `inbound`, `contactName`, `countsThrough`, `expiresAt`; `firstMessageId`: the first message to the contact that was stored; `writtenAt`: when a session that counts new contacts first wrote to it |
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
//! | `campaigns/<accountId>/<campaignId>/rejected.csv` | the recipients that were turned away |
//! | `campaigns/<accountId>/<campaignId>/segments/<n>.jsonl` | a portion of the others, [`domain::bulk::SegmentRow`]s |
//!
//! Ids are hyphenated UUIDs, times are milliseconds since the Unix epoch as numbers, `expiresAt` alone is in seconds
//! (`DynamoDB`'s time to live). The format of `pendingKey` is [`domain::pending::PendingKey`]'s.

mod answers;
mod counters;
mod due;
mod files;

use std::fmt;
use std::str::FromStr;

use domain::ids::AccountId;

pub(super) use answers::AnswersKey;
pub(super) use counters::{HourName, StatisticsKey, bookmark_key};
pub(super) use due::{DueKey, shard_name};
pub(super) use files::upload_of;

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

pub(super) const KIND: &str = "kind";
pub(super) const PROVIDER: &str = "provider";
pub(super) const LEASE: &str = "lease";
pub(super) const NEXT_REPLY_AT: &str = "nextReplyAt";
pub(super) const NEXT_BULK_AT: &str = "nextBulkAt";
pub(super) const FAILURES: &str = "failures";
pub(super) const HOLD: &str = "hold";
pub(super) const DELETED_AT: &str = "deletedAt";

pub(super) const KEY_ID: &str = "keyId";
pub(super) const LAST_USED_AT: &str = "lastUsedAt";
pub(super) const TALLY: &str = "tally";
pub(super) const NEW_CONTACTS_HOLD: &str = "newContactsHold";
pub(super) const LOOKED: &str = "looked";

pub(super) const USED: &str = "used";
pub(super) const WINDOW_ENDS: &str = "windowEnds";
pub(super) const EXPIRES_AT: &str = "expiresAt";
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
pub(super) const WATCHED_AT: &str = "watchedAt";
pub(super) const RESTS_UNTIL: &str = "restsUntil";

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
mod tests {
    use domain::allowance::{Looked, NewContactsHold, Tally};
    use domain::campaign::{Campaign, CampaignState, Counts};
    use domain::ids::{CampaignId, MessageId, SessionId};
    use domain::lease::{Fence, Lease, LeaseOwner};
    use domain::message::{Content, ContentType, Direction, Message, MessageError, Retention, StateTimes};
    use domain::pacer::{Hold, HoldReason, Pacer};
    use domain::pending::PendingKey;
    use domain::phone::PhoneNumber;
    use domain::priority::Priority;
    use domain::status::Status;
    use domain::time::Timestamp;
    use proptest::prelude::*;

    use super::super::items;
    use super::*;

    const NOW: Timestamp = Timestamp::EPOCH;

    fn any_key() -> impl Strategy<Value = AccountsKey> {
        prop_oneof![
            any::<u128>().prop_map(|n| AccountsKey::Account(AccountId::new(Timestamp::EPOCH, n))),
            "[0-9a-f]{64}".prop_map(|hash| AccountsKey::ApiKey(ApiKeyHash(hash))),
            "[0-9a-f]{64}".prop_map(AccountsKey::Identity),
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
            campaign_id: Some(CampaignId::new(NOW, 4)),
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
            retention: Retention::default(),
            expires_at: Some(1),
            inbound: None,
        }
    }

    #[test]
    fn the_names_of_a_message_are_its_fields() {
        let item = items::to_item("test", &full_message()).unwrap();
        for name in [
            SESSION_ID,
            MESSAGE_ID,
            ACCOUNT_ID,
            CAMPAIGN_ID,
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
            RETENTION,
            EXPIRES_AT,
        ] {
            assert!(item.contains_key(name), "{name}");
        }
        assert!(item[ERROR].as_m().unwrap().contains_key(ERROR_CODE));
        assert_eq!(items::from_item::<Message>("test", item).unwrap(), full_message());
    }

    #[test]
    fn the_names_of_a_campaign_are_its_fields() {
        let campaign = Campaign {
            account_id: AccountId::new(NOW, 1),
            campaign_id: CampaignId::new(NOW, 2),
            session_id: SessionId::new(NOW, 3),
            name: Some("spring".to_owned()),
            state: CampaignState::Paused,
            decisions: 1,
            paused_reason: Some("why".to_owned()),
            pacing: Some(domain::pacing::Pacing::DEFAULT),
            total: 3,
            rejected: 2,
            stored: 1,
            ingested_at: Some(NOW),
            scheduled_at: Some(NOW),
            created_at: NOW,
            finished_at: Some(NOW),
            counts: Counts { queued: 1, ..Counts::default() },
            counts_through: Some("0".repeat(40)),
        };
        let item = items::to_item("test", &campaign).unwrap();
        let names = [
            ACCOUNT_ID,
            CAMPAIGN_ID,
            SESSION_ID,
            STATE,
            DECISIONS,
            PAUSED_REASON,
            TOTAL,
            REJECTED,
            STORED,
            INGESTED_AT,
        ];
        for name in names {
            assert!(item.contains_key(name), "{name}");
        }
        assert!(
            Status::ALL
                .into_iter()
                .filter_map(Counts::name_of)
                .all(|name| { item["counts"].as_m().unwrap().contains_key(name) })
        );
        assert_eq!(items::from_item::<Campaign>("test", item).unwrap(), campaign);
    }

    #[test]
    fn the_names_of_a_pacer_are_its_fields() {
        let hold = Hold { until: NOW, reason: HoldReason::RateLimited, detail: String::new() };
        // More than half of all numbers of 64 bits do not fit into a signed one, nor exactly into a float.
        let lease = Lease {
            owner: LeaseOwner(u64::MAX),
            until: NOW,
            message_id: MessageId::new(NOW, 1),
            since: None,
        };
        let pacer = Pacer {
            lease: Some(lease),
            hold: Some(hold),
            tally: Some(Tally::default()),
            new_contacts_hold: Some(NewContactsHold { until: NOW, detail: String::new() }),
            looked: Some(Looked { until: NOW, normal: None, bulk: None }),
            ..Pacer::default()
        };
        let item = items::to_item("test", &pacer).unwrap();
        let names =
            [FENCE, LEASE, NEXT_REPLY_AT, NEXT_BULK_AT, FAILURES, HOLD, TALLY, NEW_CONTACTS_HOLD, LOOKED];
        for name in names {
            assert!(item.contains_key(name), "{name}");
        }
        assert!(item[LEASE].as_m().unwrap().contains_key(MESSAGE_ID));
        assert_eq!(items::from_item::<Pacer>("test", item).unwrap(), pacer);
    }
}
