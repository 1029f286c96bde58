//! The table of messages, as each role sees it.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::message::report::Report;
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::PortError;

/// Storing what the API accepts, and what comes in.
pub trait AcceptMessages {
    /// Stores a new message. Storing the same id again changes nothing, and says in what state the message is by now.
    async fn put(&self, message: &Message) -> Result<Option<Status>, PortError>;
}

/// Cancelling messages whose sender has not had an answer yet.
pub trait WithdrawMessages {
    /// Cancels a message whose sender has not had an answer yet, whether it was stored or not: it stays as `cancelled`, so that a
    /// late copy of [`AcceptMessages::put`] finds it there. Withdrawing twice is the same.
    async fn withdraw(&self, message: &Message, now: Timestamp) -> Result<Withdrawn, PortError>;
}

/// What became of a message that was to be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// It will not be sent.
    Yes,
    /// A worker has found it: its state.
    No(Status),
}

/// Looking messages up.
pub trait ReadMessages {
    /// A message, strongly consistent.
    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError>;
}

/// Finding messages by their ids alone.
pub trait LocateMessages {
    /// Where an account's message is stored. Eventually consistent: a very young one may be missing.
    async fn locate(
        &self,
        account_id: AccountId,
        message_id: MessageId,
    ) -> Result<Option<MessageKey>, PortError>;
}

/// What became of a cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It will not be sent. The message as it is now; cancelling twice is the same.
    Yes(Box<Message>),
    /// It is being sent, or has ended in another way.
    TooLate(Status),
    /// There is no such message.
    NotFound,
}

/// Taking messages back.
pub trait CancelMessages {
    /// `queued` → `cancelled`, in one conditional write (`cancel_is_final`).
    async fn cancel(&self, key: MessageKey, now: Timestamp) -> Result<Cancelled, PortError>;
}

/// Ending what waits of a cancelled campaign: each by [`CancelMessages`], or, where that is too late, like this.
pub trait ClearMessages {
    /// The rows of a campaign from one of them on, in their order: at most `limit`, each with its state; fewer only at
    /// the end. Strongly consistent.
    async fn rows_of(
        &self,
        session_id: SessionId,
        campaign_id: CampaignId,
        from_row: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Status)>, PortError>;

    /// `queued` → `failed`, for a message that waits to be repeated after an attempt of unknown outcome. It may have been
    /// sent, so that it cannot be cancelled; it keeps its error, which says so. Any other message stays as it is.
    async fn give_up(&self, key: MessageKey, now: Timestamp) -> Result<(), PortError>;
}

/// The waiting messages that a read of a session's line found, in sending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The first of them.
    pub keys: Vec<PendingKey>,
    /// Whether these are all.
    pub is_all: bool,
}

/// A row of the table. The attributes that dispatch needs can be read even if the rest is malformed, so that such a row
/// can be ended instead of being tried forever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A message.
    Message(Box<Message>),
    /// A row that is not a valid message.
    Malformed {
        /// Its state.
        status: Status,
        /// The fence of the worker that claimed it last.
        fence: Fence,
        /// Provider calls so far.
        attempts: u32,
        /// What is wrong with it, for the log.
        why: String,
    },
}

impl Row {
    /// Its state.
    pub fn status(&self) -> Status {
        match self {
            Self::Message(message) => message.status,
            Self::Malformed { status, .. } => *status,
        }
    }

    /// The fence of the worker that claimed it last.
    pub fn fence(&self) -> Fence {
        match self {
            Self::Message(message) => message.fence,
            Self::Malformed { fence, .. } => *fence,
        }
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The row is ours.
    Claimed(Row),
    /// The row is not ours: it is returned as it is, if it exists.
    Refused(Option<Row>),
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is stored.
    Yes,
    /// The message was no longer `sending` under that fence; nothing was changed.
    No,
}

/// The dispatcher's view: choosing, claiming and ending messages.
pub trait DispatchMessages {
    /// A row, strongly consistent.
    async fn row(&self, key: MessageKey) -> Result<Option<Row>, PortError>;

    /// `queued` → `sending`, if the row's fence is lower than `fence`; the row then has this fence.
    ///
    /// A row that is `sending` under `fence` already was claimed by an earlier copy of the same write: it is ours.
    async fn claim(&self, key: MessageKey, fence: Fence, now: Timestamp) -> Result<Claim, PortError>;

    /// Stores the outcome of an attempt, if the message is still `sending` under `fence`.
    async fn record(
        &self,
        key: MessageKey,
        priority: Priority,
        fence: Fence,
        progress: &Progress,
    ) -> Result<Recorded, PortError>;

    /// Gives a waiting row a fence, so that no late claim with a lower one can take it.
    async fn fence_off(&self, key: MessageKey, fence: Fence) -> Result<(), PortError>;
}

/// What became of a provider's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The message moved forward.
    Applied,
    /// It was there already, or further; nothing was changed.
    NothingNew,
    /// A worker still has it in hand; come again.
    TooEarly,
    /// There is no such message.
    NotFound,
}

/// Storing what providers report.
pub trait ReportMessages {
    /// Moves a message forward, never back (`forward_only`).
    async fn report(&self, key: MessageKey, report: &Report) -> Result<Reported, PortError>;

    /// The message of a session that a provider knows by this id. Strongly consistent; finds only ids by which messages
    /// are looked up ([`domain::message::report::is_looked_up`]).
    async fn find(
        &self,
        session_id: SessionId,
        provider_message_id: &str,
    ) -> Result<Option<MessageId>, PortError>;

    /// The latest messages of a session that failed with an unknown outcome, a few dozen at most. Strongly consistent.
    async fn unsettled(&self, session_id: SessionId) -> Result<Vec<Message>, PortError>;
}

/// Reading sessions' lines.
pub trait ReadLines {
    /// The first `limit` waiting messages of a session, or of one priority's line of it. Strongly consistent.
    async fn waiting(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Result<Waiting, PortError>;

    /// The first `limit` waiting messages of a line after a place in it; there need not be a message at that place. Strongly
    /// consistent.
    async fn waiting_behind(
        &self,
        session_id: SessionId,
        place: PendingKey,
        limit: usize,
    ) -> Result<Waiting, PortError>;
}
