//! What happened in the world, for checkers and for the trace.

use std::hash::{Hash, Hasher};

use domain::message::pending::PendingKey;
use domain::values::fence::Fence;
use domain::values::ids::{CampaignId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

/// A run of a function, or another caller of the ports. Counted up from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker(pub u32);

/// A number of a provider call, counted up from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What a provider call came to, without its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Taken.
    Accepted,
    /// Surely not sent; may be tried again.
    Transient,
    /// Surely not sent, and not retried.
    Permanent,
    /// Surely not sent, for a reason that concerns every recipient.
    Refused,
    /// Surely not sent, for a reason that concerns the session.
    Trouble,
    /// Surely not sent, for a reason that concerns the recipient and passes.
    Held,
    /// Surely not sent, since no new chats may be opened for now.
    NoNewChats,
    /// No answer in time.
    Unknown,
}

/// A queue of tickets, or the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// One of the three FIFO queues.
    Fifo(Priority),
    /// The standard queue with delays.
    Timer,
}

impl Source {
    /// All of them; a queue's number is its place here.
    pub const ALL: [Self; 4] =
        [Self::Fifo(Priority::High), Self::Fifo(Priority::Normal), Self::Fifo(Priority::Bulk), Self::Timer];

    /// Its number.
    pub const fn number(self) -> usize {
        match self {
            Self::Fifo(Priority::High) => 0,
            Self::Fifo(Priority::Normal) => 1,
            Self::Fifo(Priority::Bulk) => 2,
            Self::Timer => 3,
        }
    }
}

/// How a run of a function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It returned.
    Returned,
    /// It crashed at an await.
    Crashed,
    /// Its time was up.
    TimedOut,
}

/// A row of the messages table, as far as checkers care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Its state.
    pub status: Status,
    /// Provider calls so far.
    pub attempts: u32,
    /// Fence of its last claim.
    pub fence: Fence,
    /// Its place in line.
    pub place: Option<PendingKey>,
    /// Whether its error says that its outcome is unknown.
    pub outcome_unknown: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A message was stored.
    Stored(MessageKey, Row),
    /// A message changed.
    Changed(MessageKey, Row, Row),
    /// A message was taken out of the table.
    Withdrawn(MessageKey),
    /// It was decided about a campaign; `true` when it may send now.
    CampaignChanged(SessionId, CampaignId, bool),
    /// A worker looked at a session's line.
    Surveyed(Worker, SessionId),
    /// A session was leased until then.
    Leased(SessionId, Fence, Timestamp),
    /// A lease names another message now.
    Pointed(MessageKey, Fence),
    /// A lease ended, leaving these gaps (reply, bulk) and this hold behind.
    Released(SessionId, Fence, [Timestamp; 2], Option<Timestamp>),
    /// The hold of a session was ended by its owner.
    Resumed(SessionId),
    /// A session was marked as deleted.
    SessionDeleted(SessionId),
    /// A deleted session was removed.
    SessionRemoved(SessionId),
    /// A provider call began. The last is when its worker's function must end.
    CallStarted(CallId, MessageKey, Worker, Option<Timestamp>),
    /// A provider call ended; `true` when the message really went out by it.
    CallEnded(CallId, MessageKey, Answer, bool),
    /// A worker got to know what a call came to.
    CallAnswered(CallId, MessageKey, Answer),
    /// A ticket was taken by a queue; `false` when it was dropped as a duplicate.
    TicketSent(Priority, SessionId, bool),
    /// A ticket was received for the so-manieth time.
    Received(Worker, Source, SessionId, u32),
    /// A ticket was hidden for this many seconds.
    Hidden(Priority, SessionId, u32),
    /// A ticket was deleted.
    Acknowledged(Priority, SessionId),
    /// A ticket was received too often, and went to the dead-letter queue.
    DeadLettered(Source),
    /// A message of a queue grew too old.
    Expired(Source),
    /// Something was put into the timer for this many seconds.
    TimerSet(u32),
    /// A wake-up was kept that lies too far ahead for the timer, and when it is due.
    WakeUpKept(SessionId, Timestamp),
    /// A wake-up that was kept was removed.
    WakeUpRemoved(SessionId, Timestamp),
    /// A run of a function began.
    Started(Worker, Source),
    /// A run of a function ended.
    Ended(Worker, Ending),
    /// Something went wrong on purpose.
    Fault(Fault, Worker),
}

/// The things that go wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A call was refused without an effect.
    Throttled,
    /// A call had its effect, and its caller got an error.
    ReplyLost,
    /// The SDK repeated a call that had its effect.
    Repeated,
    /// A copy of a call came late.
    LateCopy,
    /// A call took very long.
    Slow,
    /// A worker stood still for seconds.
    Paused,
    /// A worker died.
    Crash,
    /// A worker died, and its request took effect afterwards.
    Landed,
    /// A batch was delivered twice.
    Doubled,
    /// An acknowledgement was lost.
    DeletionLost,
    /// A function ran on after its time-out.
    Overtime,
    /// A ticket was lost on its way into its queue.
    TicketLost,
    /// A provider failed for now.
    ProviderTransient,
    /// A provider failed a message without a retry.
    ProviderPermanent,
    /// A provider's session was in trouble.
    ProviderTrouble,
    /// A provider refused a request that it would refuse for every recipient.
    ProviderRefusal,
    /// A provider would not send to a recipient for now.
    ProviderHold,
    /// A provider did not answer in time.
    ProviderHang,
    /// A provider sent a message, and its answer was lost.
    ProviderReplyLost,
}

impl Fault {
    /// How many kinds there are.
    pub const COUNT: usize = 19;

    /// All of them, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Throttled,
        Self::ReplyLost,
        Self::Repeated,
        Self::LateCopy,
        Self::Slow,
        Self::Paused,
        Self::Crash,
        Self::Landed,
        Self::Doubled,
        Self::DeletionLost,
        Self::Overtime,
        Self::TicketLost,
        Self::ProviderTransient,
        Self::ProviderPermanent,
        Self::ProviderTrouble,
        Self::ProviderRefusal,
        Self::ProviderHold,
        Self::ProviderHang,
        Self::ProviderReplyLost,
    ];
}

/// Sees everything that happens, at once.
pub trait Observer {
    /// Something happened. The tables are as they are right after it.
    fn on_event(&mut self, world: &crate::World, event: &Event);
}

/// A hash that is the same on every machine and in every version (FNV-1a), which std's is not bound to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceHasher(u64);

impl TraceHasher {
    pub(crate) const START: u64 = 0xcbf2_9ce4_8422_2325;

    /// The hash of everything up to and including an event.
    pub(crate) fn after(before: u64, at: i64, event: &Event) -> u64 {
        let mut hasher = Self(before);
        at.hash(&mut hasher);
        event.hash(&mut hasher);
        hasher.finish()
    }
}

impl Hasher for TraceHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        }
    }
}
