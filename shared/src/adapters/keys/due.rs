//! Keys of wake-ups that fall due, and of watched sessions.

use std::fmt;
use std::str::FromStr;

use domain::values::ids::MessageId;
use domain::values::time::Timestamp;

/// Partition key of the tables `due` and `watched`.
pub(in crate::adapters) fn shard_name(shard: u8) -> String {
    format!("{shard:02}")
}

/// Sort key of the table `due`: `<due, 15 digits of ms>#<message id>`. As text it sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::adapters) struct DueKey {
    pub(in crate::adapters) due: Timestamp,
    pub(in crate::adapters) message_id: MessageId,
}

/// A text is not a sort key of the table `due`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) struct NotADueKey;

impl DueKey {
    /// A text that sorts before all keys of that time, and after all earlier ones.
    pub(in crate::adapters) fn lower_bound(due: Timestamp) -> String {
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
        // Only the one form that is written is a key, because keys must sort as text.
        if key.to_string() == text { Ok(key) } else { Err(NotADueKey) }
    }
}
