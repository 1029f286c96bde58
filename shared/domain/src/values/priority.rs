//! The three priorities of a message; each has a queue of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How urgent a message is. `High` sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Priority {
    /// 1: bot replies, before everything else.
    High,
    /// 5: the default.
    Normal,
    /// 10: bulk, always last.
    Bulk,
}

/// A number is not one of the three priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 (bot reply), 5 (normal) or 10 (bulk)")]
pub struct NotAPriority;

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Bulk];

    /// The number that the API uses.
    pub const fn number(self) -> u8 {
        match self {
            Self::High => 1,
            Self::Normal => 5,
            Self::Bulk => 10,
        }
    }
}

crate::inline_schema!(Priority, { "type": "integer", "enum": (Priority::ALL.map(Priority::number)) });

impl TryFrom<u8> for Priority {
    type Error = NotAPriority;

    fn try_from(number: u8) -> Result<Self, NotAPriority> {
        Self::ALL.into_iter().find(|p| p.number() == number).ok_or(NotAPriority)
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.number()
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}
