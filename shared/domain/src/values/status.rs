//! The states of a message, and which may follow which.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::named::named;

named! {
    /// The state of a message.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Status {
        /// Waits for its turn.
        Queued = "queued",
        /// A worker has claimed it; the provider may be working on it.
        Sending = "sending",
        /// The provider took it.
        Sent = "sent",
        /// It reached the recipient's phone.
        Delivered = "delivered",
        /// The recipient saw it.
        Read = "read",
        /// It will not be sent; `error` says why.
        Failed = "failed",
        /// Came in from a contact.
        Received = "received",
        /// The caller took it back before it was sent.
        Cancelled = "cancelled",
    }
}

/// A text is not the name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of queued, sending, sent, delivered, read, failed, received, cancelled")]
pub struct NotAStatus;

impl Status {
    /// Whether nothing but a provider's report can change it any more.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }

    /// Whether a provider's report of `next` moves a message in this state forward (`forward_only`).
    ///
    /// A message that failed with an unknown outcome is corrected by any report, hence `failed` → `sent` and beyond, and
    /// `failed` once more, when it is known then why;
    /// which failures those are is the caller's to check. `sending` is left to the worker that owns it.
    pub const fn may_be_reported(self, next: Self) -> bool {
        match self {
            Self::Sent => matches!(next, Self::Delivered | Self::Read | Self::Failed),
            Self::Delivered => matches!(next, Self::Read),
            Self::Failed => matches!(next, Self::Sent | Self::Delivered | Self::Read | Self::Failed),
            Self::Queued | Self::Sending | Self::Read | Self::Received | Self::Cancelled => false,
        }
    }
}

crate::inline_schema!(Status, { "type": "string", "enum": (Status::ALL.map(Status::name)) });

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        Self::ALL.into_iter().find(|s| s.name() == text).ok_or(NotAStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_printed_and_stored() {
        for status in Status::ALL {
            assert_eq!(status.name().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }

    #[test]
    fn no_report_leads_back() {
        for a in Status::ALL {
            for b in Status::ALL {
                let back_and_forth = a != b && a.may_be_reported(b) && b.may_be_reported(a);
                // The one pair: `sent` may turn out to have failed, and a failure of unknown outcome to be sent.
                let known = matches!((a, b), (Status::Sent, Status::Failed) | (Status::Failed, Status::Sent));
                assert!(!back_and_forth || known, "{a} and {b}");
            }
        }
    }
}
