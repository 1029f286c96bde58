//! The promises that are checked, each with what exactly is checked.

use std::fmt;

use domain::values::ids::MessageKey;
use domain::values::time::Timestamp;

/// A promise of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Every message that was answered with 202 is in a final state when the run is over. Faults stop some time before
    /// that, as "whatever crashes" must not mean that everything crashes for ever. No ticket ends in a dead-letter queue.
    AcceptedIsDurable,
    /// When a provider call starts, no other call of its session is running, not even one whose worker is dead.
    OneAtATime,
    /// Between the end of one call of a session and the start of the next lies at least the smallest gap, and the next
    /// one does not start before the time that the last release has left behind. No gap is longer than the longest.
    GapRespected,
    /// When a provider call starts, no waiting message of its session goes before it: one that was stored and due
    /// before the session was leased for this call, of a higher class, or of the same class and due earlier.
    PriorityStrict,
    /// A call for a class 1 message starts at most a second after all that may hold it up is over: its arrival, the call
    /// in progress, the gap, a hold. After a fault that touched the session it has a minute, see [`Self::Fair`].
    ReplyNotHeld,
    /// No message goes out twice; and none is given to a provider again that does not know messages by their id,
    /// unless every earlier call surely did not send it. And the reverse: a message is given up with an unknown outcome
    /// only after a call whose outcome was lost, or after a fault that may have ended its worker.
    NoBlindResend,
    /// At most four calls, 5, 10 and 20 s apart, not counting those in which only the session was in trouble; none
    /// after a permanent failure; and a message is not given up for a failure that passes before the fourth.
    BoundedRetries,
    /// After a cancel was answered with success, no call for the message starts, and none has ever sent it.
    CancelIsFinal,
    /// A message's states follow each other as the state machine says, its attempts and its fence never go down.
    ForwardOnly,
    /// As [`Self::ReplyNotHeld`], for the other classes: at most two seconds, whatever other sessions do.
    Fair,
    /// No call for a message starts before its time.
    OnTime,
    /// A message whose sender was told that it was not kept never goes out: the sender will send it again.
    RefusedIsFinal,
    /// After an answer that a session is in trouble, no call starts in it before its hold is over.
    TroubleRests,
    /// No call starts that cannot end and be recorded before its worker's time is up: it would be cut off, and its
    /// message lost in doubt.
    CallsFit,
    /// After a campaign was paused or cancelled, no call for a message of it starts, except under a lease that was there
    /// already.
    PauseIsPrompt,
    /// After a session was deleted, no call for a message of it starts, except by a worker that had read the session before.
    DeletionIsPrompt,
    /// After a provider has refused a message of a campaign for a reason that concerns all of them, no further call of
    /// the campaign starts until it is resumed, unless a fault kept the worker from pausing it.
    RefusalPauses,
    /// No call that is no answer starts when as much as a session's limits allow a day, or as many new contacts, had gone
    /// out that day before its session was leased for it.
    CapsRespected,
    /// Only answers are sent under a lease that was made in a session's quiet hours.
    QuietRespected,
    /// While a session's account may not open new chats, as its provider has said, no call to a new contact starts that is
    /// no answer.
    NewContactsRest,
    /// A run takes no more runs of dispatch, requests of SQS and units of the tables for each message that was accepted than are
    /// stated in `checker/end.rs`, beside a share for each session, hold and day: much less while nothing goes wrong.
    WorkIsBounded,
}

impl Promise {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::AcceptedIsDurable,
        Self::OneAtATime,
        Self::GapRespected,
        Self::PriorityStrict,
        Self::ReplyNotHeld,
        Self::NoBlindResend,
        Self::BoundedRetries,
        Self::CancelIsFinal,
        Self::ForwardOnly,
        Self::Fair,
        Self::OnTime,
        Self::RefusedIsFinal,
        Self::TroubleRests,
        Self::CallsFit,
        Self::PauseIsPrompt,
        Self::DeletionIsPrompt,
        Self::RefusalPauses,
        Self::CapsRespected,
        Self::QuietRespected,
        Self::NewContactsRest,
        Self::WorkIsBounded,
    ];

    /// Its name in the design.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcceptedIsDurable => "accepted_is_durable",
            Self::OneAtATime => "one_at_a_time",
            Self::GapRespected => "gap_respected",
            Self::PriorityStrict => "priority_strict",
            Self::ReplyNotHeld => "reply_not_held",
            Self::NoBlindResend => "no_blind_resend",
            Self::BoundedRetries => "bounded_retries",
            Self::CancelIsFinal => "cancel_is_final",
            Self::ForwardOnly => "forward_only",
            Self::Fair => "fair",
            Self::OnTime => "on_time",
            Self::RefusedIsFinal => "refused_is_final",
            Self::TroubleRests => "trouble_rests",
            Self::CallsFit => "calls_fit",
            Self::PauseIsPrompt => "pause_is_prompt",
            Self::DeletionIsPrompt => "deletion_is_prompt",
            Self::RefusalPauses => "refusal_pauses",
            Self::CapsRespected => "caps_respected",
            Self::QuietRespected => "quiet_respected",
            Self::NewContactsRest => "new_contacts_rest",
            Self::WorkIsBounded => "work_is_bounded",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A promise that was not kept.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// When it was noticed.
    pub at: Timestamp,
    /// About which message.
    pub message: Option<MessageKey>,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.promise)?;
        if let Some(key) = self.message {
            write!(f, ", message {} of session {}", short(key.message_id), short(key.session_id))?;
        }
        write!(f, ": {}", self.what)
    }
}

/// The end of an id, enough to tell a run's ids apart.
pub fn short(id: impl fmt::Display) -> String {
    let text = id.to_string();
    text[text.len().saturating_sub(5)..].to_owned()
}
