//! What goes wrong, and how often; and the rules of the design that can be taken out.

/// How long things take, each a range in milliseconds. All zero: at once, without an await.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    /// A call of a table, there and back.
    pub table_ms: (i64, i64),
    /// A call of a queue, there and back.
    pub queue_ms: (i64, i64),
    /// The time from when a message is visible to the start of a function.
    pub poll_ms: (i64, i64),
}

impl Latency {
    /// As measured in one region, roughly.
    pub const USUAL: Self = Self { table_ms: (2, 9), queue_ms: (5, 25), poll_ms: (5, 60) };
}

/// How often things go wrong: in how many of [`ALWAYS`](crate::rng::ALWAYS) cases each. The default is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// A call is refused without an effect.
    pub throttled: u32,
    /// A call of a table is refused without an effect.
    pub table_refused: u32,
    /// A call of a queue is refused without an effect.
    pub queue_refused: u32,
    /// A call has its effect, and the caller gets an error.
    pub reply_lost: u32,
    /// A call has its effect twice, since the SDK repeats it, and the caller gets the second answer.
    pub repeated: u32,
    /// A call has its effect a second time, up to half a minute later.
    pub late_copy: u32,
    /// A call takes up to three seconds.
    pub slow: u32,
    /// A worker stands still for up to twelve seconds.
    pub paused: u32,
    /// A worker dies at a call, before or after its effect.
    pub crash: u32,
    /// What a dead worker's unfinished call does takes effect nevertheless.
    pub landed: u32,
    /// A batch is delivered twice.
    pub doubled: u32,
    /// An acknowledgement is lost.
    pub deletion_lost: u32,
    /// A ticket is lost on its way into its queue.
    pub ticket_lost: u32,
    /// A function runs on after its time-out, instead of being killed.
    pub overtime: u32,
    /// How far eventually consistent reads lag behind, in milliseconds at most.
    pub lag_ms: i64,
    /// How far a worker's clock may be off, in milliseconds to either side.
    pub skew_ms: i64,
}

impl Rates {
    /// Nothing goes wrong: the default, for constants.
    pub const NONE: Self = Self {
        throttled: 0,
        table_refused: 0,
        queue_refused: 0,
        reply_lost: 0,
        repeated: 0,
        late_copy: 0,
        slow: 0,
        paused: 0,
        crash: 0,
        landed: 0,
        doubled: 0,
        deletion_lost: 0,
        ticket_lost: 0,
        overtime: 0,
        lag_ms: 0,
        skew_ms: 0,
    };
}

/// A rule of the design that is taken out, by making a port lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sabotage {
    /// Nobody sees another's lease, and everyone gets one.
    NoLease,
    /// A lease is given although another worker was faster.
    AcquireIgnoresFence,
    /// A claim succeeds although the row's fence is not lower.
    ClaimIgnoresFence,
    /// An outcome is recorded although the row has another fence.
    RecordIgnoresFence,
    /// A lease is released although another worker has it now.
    ReleaseIgnoresFence,
    /// A refused claim does not tell why; one that the SDK repeated counts as refused.
    ClaimHidesRow,
    /// A row that is `sending` under an older fence counts as gone.
    NoSafetyNet,
    /// Workers' clocks do not notice when a worker stands still, and functions seem to have all the time in the world.
    NoClockCheck,
    /// Functions seem to have all the time in the world; the lease is still checked.
    NoDeadlineCheck,
    /// What waits is read eventually consistently.
    StaleSurvey,
    /// The survey after the lease shows the same as the survey before it.
    NoRecheck,
    /// Every provider is said to recognise repeated ids.
    BlindResend,
    /// A look shows the best message, and says that nothing else waits.
    SurveyShowsOneOnly,
    /// A ticket that should wait in the timer is hidden in its queue.
    TimerWaitsHide,
    /// Tickets have deduplication ids that make the queue take later tickets for duplicates.
    FixedDeduplicationIds,
    /// Tickets look as if received for the first time, just sent.
    TicketsNeverWearOut,
    /// A message is stored only after its ticket was sent.
    TicketBeforeRow,
    /// Scheduled messages get no wake-up of their own.
    NoWakeUp,
    /// A message is cancelled in any state.
    CancelUnconditional,
    /// A release leaves no gaps behind.
    NoGap,
    /// A release leaves no hold behind.
    NoHold,
    /// Bulk goes before normal, normal before replies.
    ClassesReversed,
    /// Inside a priority the latest due goes first.
    DuesReversed,
    /// Waiting rows cannot be fenced off.
    NoFenceOff,
    /// An abandoned lease looks as if still in force.
    NoRecovery,
    /// A recovery leaves the old gaps behind.
    RecoveryWithoutGap,
    /// A lease always names the message it was first given for.
    NoPointing,
    /// Attempts are not counted.
    AttemptsForgotten,
    /// A message that failed for now may go again at once.
    NoBackOff,
    /// A message gets the state that a provider reports, even if it was further already.
    ReportsUnconditional,
    /// Every campaign is said to be active.
    CampaignsUnasked,
    /// Whether a campaign may send is read eventually consistently.
    StaleCampaigns,
    /// Nothing is read behind the rows of a paused campaign.
    PausedRowsEndTheLine,
    /// A campaign whose provider refuses every message goes on.
    NoHalt,
    /// The steps of a chore have no numbers of their own, so that each copy of a step goes on.
    ChoresFork,
    /// Whoever decides leaves no row of a chore behind.
    NoChoreRow,
    /// A campaign's own gap holds for replies, too.
    CampaignGapForAll,
    /// No ticket is sent when a campaign is resumed.
    ResumeWithoutTicket,
    /// What is sent before a decision about a campaign, in case its function dies, is not sent.
    NoInsurance,
    /// Waiting messages of a cancelled campaign are cancelled once, and those that come back in line stay there.
    ClearOnce,
    /// What was sent today is not counted.
    NoTally,
    /// What a dead worker may have sent is not counted.
    RecoveryUncounted,
    /// No session seems to have quiet hours.
    NoQuietHours,
    /// No contact seems to be new.
    ContactsUnasked,
    /// What a provider says of new contacts is forgotten with the lease.
    NoNewContactsHold,
    /// A message that is moved far gets no wake-up of its own.
    NoOwnWakeUp,
    /// Tickets do not tell the instant that they wait for.
    NoInstants,
    /// Every ticket bears an id of its own.
    NoMerging,
    /// What dispatch lets go is deleted only when its batch is done.
    DeletedWithBatch,
}

/// The rules that are taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotages(u64);

impl Sabotages {
    /// These.
    pub fn of(rules: &[Sabotage]) -> Self {
        Self(rules.iter().fold(0, |bits, rule| bits | 1 << *rule as u64))
    }

    /// Whether a rule is taken out.
    pub const fn has(self, rule: Sabotage) -> bool {
        self.0 & (1 << rule as u64) != 0
    }
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 49] = [
        Self::NoLease,
        Self::AcquireIgnoresFence,
        Self::ClaimIgnoresFence,
        Self::RecordIgnoresFence,
        Self::ReleaseIgnoresFence,
        Self::ClaimHidesRow,
        Self::NoSafetyNet,
        Self::NoClockCheck,
        Self::NoDeadlineCheck,
        Self::StaleSurvey,
        Self::NoRecheck,
        Self::BlindResend,
        Self::SurveyShowsOneOnly,
        Self::TimerWaitsHide,
        Self::FixedDeduplicationIds,
        Self::TicketsNeverWearOut,
        Self::TicketBeforeRow,
        Self::NoWakeUp,
        Self::CancelUnconditional,
        Self::NoGap,
        Self::NoHold,
        Self::ClassesReversed,
        Self::DuesReversed,
        Self::NoFenceOff,
        Self::NoRecovery,
        Self::RecoveryWithoutGap,
        Self::NoPointing,
        Self::AttemptsForgotten,
        Self::NoBackOff,
        Self::ReportsUnconditional,
        Self::CampaignsUnasked,
        Self::StaleCampaigns,
        Self::PausedRowsEndTheLine,
        Self::NoHalt,
        Self::ChoresFork,
        Self::NoChoreRow,
        Self::CampaignGapForAll,
        Self::ResumeWithoutTicket,
        Self::NoInsurance,
        Self::ClearOnce,
        Self::NoTally,
        Self::RecoveryUncounted,
        Self::NoQuietHours,
        Self::ContactsUnasked,
        Self::NoNewContactsHold,
        Self::NoOwnWakeUp,
        Self::NoInstants,
        Self::NoMerging,
        Self::DeletedWithBatch,
    ];
}
