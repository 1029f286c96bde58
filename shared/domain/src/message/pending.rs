//! The place of a message in its session's line.
//!
//! A pending key is `<priority, 2 digits>#<due, 15 digits of ms>#<message id>`: as text it sorts in sending order, so
//! the first entry of a session's `pending` index is the message that goes next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::ids::MessageId;
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

/// The place of a waiting message in its session's line. Sorts in sending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PendingKey {
    /// Its priority.
    pub priority: Priority,
    /// Before this time it is not sent.
    pub due: Timestamp,
    /// The message.
    pub message_id: MessageId,
}

/// A text is not a pending key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pending key")]
pub struct NotAPendingKey;

impl PendingKey {
    /// The text that all keys of a priority begin with.
    pub fn prefix(priority: Priority) -> String {
        format!("{:02}#", priority.number())
    }

    /// Two texts between which stand all keys of its priority that are behind it, and no others.
    pub fn texts_behind(self) -> (String, String) {
        // A blank sorts before every character of a key, and `$` right after `#`.
        (format!("{self} "), format!("{:02}$", self.priority.number()))
    }
}

impl fmt::Display for PendingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let due = self.due.as_millis().max(0);
        write!(f, "{:02}#{due:015}#{}", self.priority.number(), self.message_id)
    }
}

impl FromStr for PendingKey {
    type Err = NotAPendingKey;

    fn from_str(text: &str) -> Result<Self, NotAPendingKey> {
        let mut parts = text.splitn(3, '#');
        let mut next = || parts.next().ok_or(NotAPendingKey);
        let (priority, due, message_id) = (next()?, next()?, next()?);
        let key = Self {
            priority: priority.parse::<u8>().ok().and_then(|n| n.try_into().ok()).ok_or(NotAPendingKey)?,
            due: Timestamp::from_millis(due.parse().map_err(|_| NotAPendingKey)?),
            message_id: message_id.parse().map_err(|_| NotAPendingKey)?,
        };
        // One form only: what is read must sort as it is printed.
        if key.to_string() == text { Ok(key) } else { Err(NotAPendingKey) }
    }
}

impl TryFrom<String> for PendingKey {
    type Error = NotAPendingKey;

    fn try_from(text: String) -> Result<Self, NotAPendingKey> {
        text.parse()
    }
}

impl From<PendingKey> for String {
    fn from(key: PendingKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_key() -> impl Strategy<Value = PendingKey> {
        (0..3_usize, 0_i64..999_999_999_999_999, any::<u128>()).prop_map(|(priority, due, random)| {
            let due = Timestamp::from_millis(due);
            PendingKey { priority: Priority::ALL[priority], due, message_id: MessageId::new(due, random) }
        })
    }

    proptest! {
        #[test]
        fn is_read_as_it_is_printed(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn sorts_as_text_as_it_sorts_as_a_value(a in any_key(), b in any_key()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert!(a.to_string().starts_with(&PendingKey::prefix(a.priority)));
        }

        #[test]
        fn what_is_behind_a_key_stands_between_its_texts(a in any_key(), b in any_key()) {
            let (from, to) = a.texts_behind();
            let text = b.to_string();
            prop_assert_eq!(from <= text && text <= to, b.priority == a.priority && b > a);
        }

        #[test]
        fn reads_no_other_text(text in ".{0,60}") {
            if let Ok(key) = text.parse::<PendingKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
