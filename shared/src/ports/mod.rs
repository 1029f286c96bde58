//! What handlers may ask of the world: narrow traits, one for each role that a function plays.
//!
//! Each port is one set of permissions, which [`grants`] lists. A function's policy in `template.yaml` follows from the ports
//! that its handler is given.

mod accounts;
mod answers;
mod campaigns;
mod chores;
mod contacts;
mod counting;
mod due;
mod files;
pub mod grants;
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
    ApiKey, ApiKeyHash, CreateApiKeys, Keyring, ListApiKeys, NoteApiKeyUses, ReadApiKeys, RevokeApiKeys,
    Revoked, WriteAccounts,
};
pub use answers::{KeepAnswers, RequestName};
pub use campaigns::{
    CampaignPage, ControlCampaigns, CreateCampaigns, ListCampaigns, NoteIngestion, ReadCampaigns,
};
pub use chores::{BeginChores, RunChores, SendChoreSteps, SweepChores};
pub use contacts::{Chat, KeepChats, KnowContacts};
pub use counting::{CountChanges, Counted, ReadStatistics, ReplaceCounters};
pub use due::{KeepWakeUps, ReadWakeUps, RemoveWakeUps};
pub use files::{
    CampaignFile, DiscardUploads, FileKind, FileParts, LinkFiles, ReadFiles, SignUploads, SignedUpload,
    WriteFiles,
};
pub use limits::CountRequests;
pub use listing::{
    Batch, Conversation, ConversationKey, KeepBookmarks, ListMessages, ListSessionMessages, Page,
    ReadConversations,
};
pub use login::{KeepIdentities, OfferLogin, OpenIdProvider, UseOnce};
pub use messages::{
    AcceptMessages, CancelMessages, Cancelled, Claim, ClearMessages, DispatchMessages, LocateMessages,
    ReadLines, ReadMessages, Recorded, ReportMessages, Reported, Row, Waiting, WithdrawMessages, Withdrawn,
};
pub use provider::{Outgoing, Provider};
pub use sessions::{
    Acquisition, ChangeSessions, Changed, DeleteSessions, EndHolds, FinishDeletions, LeaseSessions,
    ListSessions, ReadPacers, ReadSessions, WalkSessions, WriteSessions,
};
pub use steps::SendSteps;
pub use tickets::{DeleteTickets, HideItems, HideTickets, Receipt, Received, SendLater, SendTickets};
pub use watch::{SweepSessions, WatchSessions, WatchedPage, WatchedSession};

/// The world did not do what it was asked to do, or did not say whether it did.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct PortError {
    /// The operation that failed, such as `messages.claim`.
    pub operation: &'static str,
    /// What went wrong, for the log; never for a caller.
    pub cause: String,
}

impl PortError {
    /// An error of this operation, with its cause.
    #[expect(clippy::needless_pass_by_value, reason = "an error that is handed over is not needed any more")]
    pub fn new(operation: &'static str, cause: impl ToString) -> Self {
        Self { operation, cause: cause.to_string() }
    }
}

/// Time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for this many milliseconds.
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
