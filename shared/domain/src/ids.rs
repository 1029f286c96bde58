//! Identifiers. Each kind is a type of its own, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (`UUIDv7`): ordered by time, 74 bits of it from `random`.
            pub fn new(now: Timestamp, random: u128) -> Self {
                Self(uuid_v7(now, random))
            }

            /// From a UUID.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
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
    AccountId
);
uuid_id!(
    /// A WhatsApp session of an account: one phone number behind one provider.
    SessionId
);
uuid_id!(
    /// A message; the `jobId` of the API is the same.
    MessageId
);
uuid_id!(
    /// An API key's public name; the key itself is never stored.
    ApiKeyId
);

/// A text is not a hyphenated UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct NotAUuid;

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

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "abc", "{67e55044-10b1-426f-9247-bb680e5fe0c8}", "67e5504410b1426f9247bb680e5fe0c8"]
        {
            assert_eq!(text.parse::<SessionId>(), Err(NotAUuid), "{text}");
        }
    }
}
