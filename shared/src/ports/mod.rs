//! What handlers may ask of the world: narrow traits, one for each role that a function plays.
//!
//! A function's policy in `template.yaml` has one statement for each kind of port that its handler is given.

mod accounts;
mod answers;
mod campaigns;
mod contacts;
mod counting;
mod due;
mod files;
mod limits;
mod listing;
mod login;
mod messages;
mod provider;
mod sessions;
mod steps;
mod tickets;
mod watch;

use domain::values::time::Timestamp;

pub use accounts::{
    ApiKey, ApiKeyHash, Keyring, ManageApiKeys, NoteApiKeyUses, ReadApiKeys, Revoked, WriteAccounts,
};
pub use answers::{KeepAnswers, RequestName};
pub use campaigns::{CampaignPage, ControlCampaigns, DispatchCampaigns, ReadCampaigns, WriteCampaigns};
pub use contacts::{Chat, KeepChats, KnowContacts};
pub use counting::{CountChanges, Counted, ReadStatistics, ReplaceCounters};
pub use due::{KeepWakeUps, PromoteWakeUps};
pub use files::{
    CampaignFile, FileKind, FileParts, LinkFiles, ReadFiles, SignUploads, SignedUpload, WriteFiles,
};
pub use limits::CountRequests;
pub use listing::{
    Batch, Conversation, ConversationKey, KeepBookmarks, ListMessages, Page, ReadConversations,
};
pub use login::{KeepIdentities, OfferLogin, OpenIdProvider, UseOnce};
pub use messages::{
    AcceptMessages, CancelMessages, Cancelled, Claim, ClearMessages, DispatchMessages, ReadLines,
    ReadMessages, Recorded, ReportMessages, Reported, Row, Waiting, Withdrawn,
};
pub use provider::{Outgoing, Provider};
pub use sessions::{
    Acquisition, ChangeSessions, Changed, DeleteSessions, FinishDeletions, LeaseSessions, ReadPacers,
    ReadSessions, WalkSessions, WriteSessions,
};
pub use steps::SendSteps;
pub use tickets::{HideTickets, Receipt, Received, SendLater, SendTickets};
pub use watch::{SweepSessions, WatchSessions, WatchedPage, WatchedSession};

/// The world did not do what it was asked to do, or did not say whether it did.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct PortError {
    /// What was asked, such as `messages.claim`.
    pub operation: &'static str,
    /// What went wrong, for the log; never for a caller.
    pub cause: String,
}

impl PortError {
    /// What was asked, and what went wrong.
    #[expect(clippy::needless_pass_by_value, reason = "an error that is handed over is not needed any more")]
    pub fn new(operation: &'static str, cause: impl ToString) -> Self {
        Self { operation, cause: cause.to_string() }
    }
}

/// Time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for so many milliseconds.
    async fn sleep(&self, millis: i64);
}

/// Randomness.
pub trait Entropy {
    /// 64 even bits.
    fn next_u64(&self) -> u64;

    /// 128 even bits.
    fn next_u128(&self) -> u128 {
        u128::from(self.next_u64()) << 64 | u128::from(self.next_u64())
    }
}
