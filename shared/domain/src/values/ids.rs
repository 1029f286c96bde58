//! Identifiers. Each kind is a type of its own, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::time::Timestamp;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident = $make:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (`UUIDv7`): ordered by time, the rest of it from `random`.
            pub fn new(now: Timestamp, random: u128) -> Self {
                Self($make(now, random))
            }

            /// From a UUID.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// From the 16 bytes of a UUID.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// When it was made, to the millisecond; `None` for ids of other versions.
            pub fn created_at(self) -> Option<Timestamp> {
                let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
                let millis = i64::try_from(seconds).ok()?.checked_mul(1000)?;
                Some(Timestamp::from_millis(millis + i64::from(nanos / 1_000_000)))
            }

            /// The UUID itself.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        $crate::inline_schema!($name, { "type": "string", "format": "uuid" });

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAUuid;

            /// Reads the 36 characters of a hyphenated UUID; no other form is an id of ours.
            fn from_str(text: &str) -> Result<Self, NotAUuid> {
                if text.len() != 36 {
                    return Err(NotAUuid);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAUuid)
            }
        }
    };
}

uuid_id!(
    /// An account: who pays, and the boundary that no request ever crosses.
    AccountId = plain_uuid
);
uuid_id!(
    /// A WhatsApp session of an account: one phone number behind one provider.
    SessionId = plain_uuid
);
uuid_id!(
    /// A message; the `jobId` of the API is the same.
    MessageId = plain_uuid
);
uuid_id!(
    /// A campaign. Its messages' ids follow from it, and tell it: see [`CampaignId::message`].
    CampaignId = campaign_uuid
);
uuid_id!(
    /// An API key's public name; the key itself is never stored.
    ApiKeyId = plain_uuid
);

/// A text is not a hyphenated UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct NotAUuid;

/// The highest bit after the version: set in the ids of campaigns and of their messages, and in no other.
const CAMPAIGN_FLAG: u128 = 1 << 75;

/// The lowest 48 bits of a campaign message's id: its row, from 1; zero in the campaign's own id.
const ROW_BITS: u128 = (1 << 48) - 1;

/// 73 random bits.
fn plain_uuid(now: Timestamp, random: u128) -> Uuid {
    uuid_v7(now, random & !CAMPAIGN_FLAG)
}

/// 25 random bits: enough for the campaigns that one account makes in one millisecond, and a campaign is stored only
/// if its id is not taken.
fn campaign_uuid(now: Timestamp, random: u128) -> Uuid {
    uuid_v7(now, (random | CAMPAIGN_FLAG) & !ROW_BITS)
}

impl MessageId {
    /// The first id of a millisecond: those of messages that were created in it, or later, are not smaller.
    pub fn first_of(time: Timestamp) -> Self {
        Self(uuid_v7(time, 0))
    }
}

impl CampaignId {
    /// The id of the message of a row, counted from 1.
    ///
    /// The same row has the same id, however often it is stored. The ids of a campaign stand together in the order of
    /// its rows: in the table, and in the line of what waits until the same time.
    pub fn message(self, row: u32) -> MessageId {
        MessageId(Uuid::from_u128(self.0.as_u128() & !ROW_BITS | u128::from(row)))
    }

    /// An id behind those of all its messages, which no message has.
    pub const fn behind_messages(self) -> MessageId {
        MessageId(Uuid::from_u128(self.0.as_u128() | ROW_BITS))
    }

    /// The campaign that a message belongs to, by the message's id alone.
    pub const fn of(message_id: MessageId) -> Option<Self> {
        let bits = message_id.0.as_u128();
        if bits & CAMPAIGN_FLAG == 0 || message_id.0.get_version_num() != 7 {
            return None;
        }
        Some(Self(Uuid::from_u128(bits & !ROW_BITS)))
    }

    /// The row of a message of this campaign, counted from 1; zero for any other message.
    pub fn row(self, message_id: MessageId) -> u32 {
        let is_mine = Self::of(message_id) == Some(self);
        let row = u32::try_from(message_id.0.as_u128() & ROW_BITS).ok();
        row.filter(|_| is_mine).unwrap_or(0)
    }
}

fn uuid_v7(now: Timestamp, random: u128) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    let bytes: [u8; 16] = random.to_be_bytes();
    let mut tail = [0_u8; 10];
    tail.copy_from_slice(&bytes[6..]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

/// Where a message is stored: its session's partition, and its id in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// The session.
    pub session_id: SessionId,
    /// The message.
    pub message_id: MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn ids_are_read_as_they_are_printed(millis in 0_i64..(1 << 47), random: u128) {
            let id = MessageId::new(Timestamp::from_millis(millis), random);
            proptest::prop_assert_eq!(id.to_string().parse(), Ok(id));
            proptest::prop_assert_eq!(id.as_uuid().get_version_num(), 7);
            proptest::prop_assert_eq!(id.created_at(), Some(Timestamp::from_millis(millis)));
        }

        #[test]
        fn later_ids_sort_later(millis in 0_i64..(1 << 47), a: u128, b: u128) {
            let earlier = MessageId::new(Timestamp::from_millis(millis), a);
            let later = MessageId::new(Timestamp::from_millis(millis + 1), b);
            proptest::prop_assert!(earlier.to_string() < later.to_string());
        }
    }

    proptest::proptest! {
        #[test]
        fn a_campaigns_messages_tell_their_campaign_and_row(millis in 0_i64..(1 << 47), random: u128, row: u32) {
            let campaign = CampaignId::new(Timestamp::from_millis(millis), random);
            let message = campaign.message(row);
            proptest::prop_assert_eq!(CampaignId::of(message), Some(campaign));
            proptest::prop_assert_eq!(campaign.row(message), row);
            proptest::prop_assert_eq!(message.as_uuid().get_version_num(), 7);
            proptest::prop_assert_eq!(message.as_uuid().get_variant(), uuid::Variant::RFC4122);
            proptest::prop_assert_eq!(message.created_at(), Some(Timestamp::from_millis(millis)));
            proptest::prop_assert_eq!(campaign.message(0).as_uuid(), campaign.as_uuid());
            proptest::prop_assert!(message.to_string() < campaign.behind_messages().to_string());
            proptest::prop_assert_eq!(CampaignId::of(campaign.behind_messages()), Some(campaign));
        }

        #[test]
        fn rows_stand_in_their_order(millis in 0_i64..(1 << 47), random: u128, a: u32, b: u32) {
            let campaign = CampaignId::new(Timestamp::from_millis(millis), random);
            let (one, other) = (campaign.message(a).to_string(), campaign.message(b).to_string());
            proptest::prop_assert_eq!(a.cmp(&b), one.cmp(&other));
        }

        #[test]
        fn no_other_message_belongs_to_a_campaign(millis in 0_i64..(1 << 47), random: u128) {
            let now = Timestamp::from_millis(millis);
            proptest::prop_assert_eq!(CampaignId::of(MessageId::new(now, random)), None);
        }

        #[test]
        fn nothing_stands_between_a_campaigns_messages(millis in 0_i64..(1 << 47), a: u128, b: u128, row: u32) {
            let now = Timestamp::from_millis(millis);
            let (campaign, other) = (CampaignId::new(now, a), CampaignId::new(now, b));
            proptest::prop_assume!(campaign != other);
            let stranger = other.message(row);
            proptest::prop_assert!(stranger < campaign.message(0) || stranger > campaign.behind_messages());
            let single = MessageId::new(now, b);
            proptest::prop_assert!(single < campaign.message(0) || single > campaign.behind_messages());
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "abc", "{67e55044-10b1-426f-9247-bb680e5fe0c8}", "67e5504410b1426f9247bb680e5fe0c8"]
        {
            assert_eq!(text.parse::<SessionId>(), Err(NotAUuid), "{text}");
        }
    }
}
