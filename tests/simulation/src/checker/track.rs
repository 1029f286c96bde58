//! What the checker remembers.

use std::collections::{BTreeMap, VecDeque};

use domain::sending::allowance::SendingLimits;
use domain::session::Session;
use domain::values::fence::Fence;
use domain::values::ids::MessageKey;
use domain::values::time::Timestamp;
use fakes::{Answer, CallId, Manner};

/// What the clocks of a run allow to be checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// How far a clock may be off, in milliseconds to either side.
    pub skew_ms: i64,
    /// How far a call of a worker in overtime may reach beyond its lease, in milliseconds.
    pub overtime_ms: i64,
}

/// The range of a session's gaps, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gap {
    /// The smallest.
    pub min_ms: i64,
    /// The largest.
    pub max_ms: i64,
}

/// A session, as the checker sees it.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a session")]
pub(super) struct SessionTrack {
    pub(super) gap: Gap,
    pub(super) is_idempotent: bool,
    /// The calls that are running; one at most, if all is well.
    pub(super) running: Vec<(CallId, MessageKey)>,
    /// When the next call may start at the earliest, for replies and for bulk, by the last calls' ends and the smallest
    /// gaps after them.
    pub(super) earliest: [Timestamp; 2],
    pub(super) leased_at: Timestamp,
    /// How often it was leased.
    pub(super) leases: u64,
    /// Whether a campaign has gaps of its own in it, so that gaps are not drawn from its own range alone.
    pub(super) has_other_gaps: bool,
    pub(super) released_at: Timestamp,
    /// The highest fence under which a lease was released.
    pub(super) released_fence: Fence,
    /// When the gaps end, for replies and for bulk.
    pub(super) gaps: [Timestamp; 2],
    pub(super) held_until: Timestamp,
    /// When it was deleted.
    pub(super) deleted_at: Option<Timestamp>,
    /// Set from an answer that the session is in trouble until its lease ends.
    pub(super) is_in_trouble: bool,
    /// Set from an answer that no new chats may be opened until its lease ends.
    pub(super) opens_no_chats: bool,
    /// The last fault that touched it.
    pub(super) fault_at: Timestamp,
    /// The last fault that may have ended a worker, or cut one off.
    pub(super) severe_fault_at: Timestamp,
    /// The session's limits, if it has any.
    pub(super) limits: Option<SendingLimits>,
    pub(super) created_at: Timestamp,
    /// Whether messages to new contacts may have to let others go first.
    pub(super) minds_contacts: bool,
    /// For each running call: whether it counts as a new contact, and when the session was leased for it.
    pub(super) in_hand: BTreeMap<CallId, (bool, Timestamp)>,
}

impl SessionTrack {
    pub(super) fn new(session: &Session, gap: Gap, manner: &Manner) -> Self {
        let counts_contacts = session.limits.as_ref().is_some_and(SendingLimits::counts_contacts);
        Self {
            gap,
            is_idempotent: manner.is_idempotent,
            limits: session.limits.clone(),
            created_at: session.created_at,
            minds_contacts: counts_contacts || !manner.no_new_chats.is_empty(),
            ..Self::default()
        }
    }
}

/// A campaign, as the checker sees it.
#[derive(Debug, Default)]
pub(super) struct CampaignTrack {
    /// The smallest gap after one of its messages, in milliseconds, if it has a range of its own.
    pub(super) min_gap_ms: Option<i64>,
    pub(super) may_send: bool,
    /// Since when that is so.
    pub(super) since: Timestamp,
    /// How often its session had been leased when it was stopped.
    pub(super) leases_when_stopped: u64,
    /// When its provider refused all of its messages, until something was decided about it.
    pub(super) refused_at: Option<Timestamp>,
}

/// One provider call of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) id: CallId,
    pub(super) ended_at: Option<Timestamp>,
    /// What the worker got to know; nothing, when it died or the answer was lost.
    pub(super) known: Option<Answer>,
}

/// A message, as the checker sees it.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a message")]
pub(super) struct MessageTrack {
    pub(super) is_accepted: bool,
    /// How long after its row was stored the API answered, in milliseconds.
    pub(super) accept_ms: i64,
    pub(super) is_cancelled: bool,
    pub(super) is_withdrawn: bool,
    pub(super) is_malformed: bool,
    pub(super) times_sent: u32,
    /// Whether a call came to nothing that anybody knows.
    pub(super) is_in_doubt: bool,
    pub(super) claimed_at: Timestamp,
    /// Whether its last claim came when its lease was over and settled, so that nobody could be sending it.
    pub(super) is_groundless: bool,
    /// When it took its present place in line.
    pub(super) in_line_at: Timestamp,
    /// When it was last put back in line.
    pub(super) back_at: Timestamp,
    pub(super) attempts: VecDeque<Attempt>,
}

impl MessageTrack {
    /// The calls that count as attempts: all except those in which the session was in trouble, the campaign refused, or the
    /// recipient held.
    pub(super) fn counted(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| {
            !matches!(
                attempt.known,
                Some(Answer::Trouble | Answer::Refused | Answer::Held | Answer::NoNewChats)
            )
        })
    }
}
