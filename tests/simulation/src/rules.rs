//! The rules of the design, each taken out by making a port lie, and the promise that breaks without it.

use fakes::Sabotage;

use crate::fleet::run_seeds;
use crate::promise::{Promise, Violation};
use crate::run::run_seed;

/// A rule that is taken out.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// How.
    pub sabotage: &'static [Sabotage],
    /// Its name in the design.
    pub name: &'static str,
    /// The promises that break without it; nothing when no promise does.
    pub breaks: &'static [Promise],
    /// The first seed that shows it, as found by [`find`]; `None` if another rule prevents the violation, too.
    pub seed: Option<u64>,
}

/// What was found with a rule taken out.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The first seed that showed it.
    pub seed: u64,
    /// The violation that this seed showed.
    pub violation: Violation,
}

/// All rules.
pub const RULES: [Rule; 50] = [
    rule(&[Sabotage::NoLease], "the lease", &[Promise::OneAtATime], Some(3)),
    rule(
        &[Sabotage::AcquireIgnoresFence],
        "the lease is conditional on the fence that was read",
        &[Promise::OneAtATime],
        Some(3),
    ),
    rule(&[Sabotage::ClaimIgnoresFence], "the fence on the claim", &[Promise::NoBlindResend], Some(33)),
    rule(&[Sabotage::RecordIgnoresFence], "the fence on the record", &[Promise::NoBlindResend], Some(944)),
    rule(&[Sabotage::ReleaseIgnoresFence], "the fence on the release", &[Promise::OneAtATime], Some(127)),
    rule(
        &[Sabotage::ClaimHidesRow],
        "the old row tells a repeated claim",
        &[Promise::NoBlindResend],
        Some(4),
    ),
    rule(
        &[Sabotage::NoClockCheck],
        "the clock is checked against the lease before the call",
        &[Promise::OneAtATime],
        Some(64),
    ),
    rule(
        &[Sabotage::NoDeadlineCheck],
        "the clock is checked against the function's end before the call",
        &[Promise::CallsFit],
        Some(3),
    ),
    rule(
        &[Sabotage::StaleSurvey],
        "what waits is read strongly consistently",
        &[Promise::AcceptedIsDurable],
        Some(1),
    ),
    rule(&[Sabotage::NoRecheck], "a second look after the lease", &[Promise::PriorityStrict], Some(2)),
    rule(&[Sabotage::BlindResend], "no blind resend", &[Promise::NoBlindResend], Some(1)),
    rule(
        &[Sabotage::SurveyShowsOneOnly],
        "a look for more before the acknowledgement",
        &[Promise::AcceptedIsDurable],
        Some(1),
    ),
    rule(
        &[Sabotage::TimerWaitsHide],
        "waits that are no gaps go to the timer",
        &[Promise::ReplyNotHeld, Promise::Fair],
        Some(18),
    ),
    rule(
        &[Sabotage::FixedDeduplicationIds],
        "a fresh deduplication id for every hop",
        &[Promise::AcceptedIsDurable],
        Some(1),
    ),
    rule(
        &[Sabotage::TicketsNeverWearOut],
        "a worn-out ticket is made anew",
        &[Promise::AcceptedIsDurable],
        Some(1),
    ),
    rule(&[Sabotage::TicketBeforeRow], "the row before the ticket", &[Promise::AcceptedIsDurable], Some(1)),
    rule(
        &[Sabotage::NoWakeUp],
        "a scheduled message has a wake-up of its own",
        &[Promise::AcceptedIsDurable],
        Some(2),
    ),
    rule(
        &[Sabotage::CancelUnconditional],
        "a cancel is conditional on `queued`",
        &[Promise::CancelIsFinal],
        Some(2),
    ),
    rule(&[Sabotage::NoGap], "the gap", &[Promise::GapRespected], Some(1)),
    rule(&[Sabotage::NoHold], "a session in trouble rests", &[Promise::TroubleRests], Some(1)),
    rule(&[Sabotage::ClassesReversed], "the order of the classes", &[Promise::PriorityStrict], Some(1)),
    rule(&[Sabotage::DuesReversed], "the order inside a class", &[Promise::PriorityStrict], Some(1)),
    rule(&[Sabotage::NoFenceOff], "a recovery fences the row off", &[Promise::NoBlindResend], Some(1188)),
    rule(&[Sabotage::NoRecovery], "an abandoned lease is taken over", &[Promise::AcceptedIsDurable], Some(1)),
    rule(
        &[Sabotage::RecoveryWithoutGap],
        "a recovery leaves a fresh gap",
        &[Promise::GapRespected],
        Some(547),
    ),
    rule(&[Sabotage::NoSafetyNet], "a row left behind in `sending` is ended", &[], None),
    rule(
        &[Sabotage::NoPointing],
        "the lease names the message in hand",
        &[Promise::GapRespected],
        Some(3321),
    ),
    rule(
        &[Sabotage::NoPointing, Sabotage::NoSafetyNet],
        "a row left behind in `sending` is ended; the lease names the message in hand",
        &[Promise::AcceptedIsDurable],
        Some(76),
    ),
    rule(
        &[Sabotage::AttemptsForgotten],
        "attempts are counted in the row",
        &[Promise::BoundedRetries],
        Some(1),
    ),
    rule(&[Sabotage::NoBackOff], "a retry waits", &[Promise::BoundedRetries], Some(1)),
    rule(&[Sabotage::ReportsUnconditional], "reports only move forward", &[Promise::ForwardOnly], Some(1)),
    rule(
        &[Sabotage::CampaignsUnasked],
        "a campaign is asked whether it may send",
        &[Promise::PauseIsPrompt],
        Some(1),
    ),
    rule(
        &[Sabotage::StaleCampaigns],
        "a campaign is read strongly consistently, under the lease",
        &[Promise::PauseIsPrompt, Promise::AcceptedIsDurable, Promise::Fair],
        Some(9),
    ),
    rule(
        &[Sabotage::PausedRowsEndTheLine],
        "a line is read on behind paused rows",
        &[Promise::AcceptedIsDurable, Promise::Fair],
        Some(115),
    ),
    rule(&[Sabotage::NoHalt], "a refused request pauses its campaign", &[Promise::RefusalPauses], Some(114)),
    rule(
        &[Sabotage::CampaignGapForAll],
        "a campaign's own gap is its own",
        &[Promise::GapRespected],
        Some(1),
    ),
    rule(&[Sabotage::ResumeWithoutTicket], "a resume sends a ticket", &[Promise::AcceptedIsDurable], Some(9)),
    rule(
        &[Sabotage::NoInsurance],
        "a resume of a campaign is insured before it is made",
        &[Promise::AcceptedIsDurable],
        Some(10128),
    ),
    rule(
        &[Sabotage::ClearOnce],
        "what a worker has in hand is looked at again after a cancel",
        &[Promise::AcceptedIsDurable],
        Some(429),
    ),
    rule(
        &[Sabotage::NoChoreRow],
        "a chore is opened before the decision that it follows from",
        &[Promise::AcceptedIsDurable],
        Some(1),
    ),
    // A few rows make no chain; `tests/chores.rs` has one that forks without it.
    rule(&[Sabotage::ChoresFork], "the steps of a chore are numbered", &[], None),
    rule(
        &[Sabotage::NoTally],
        "what was sent is counted with the release",
        &[Promise::CapsRespected],
        Some(55),
    ),
    rule(
        &[Sabotage::RecoveryUncounted],
        "a recovery counts what may have been sent",
        &[Promise::CapsRespected],
        Some(123),
    ),
    rule(
        &[Sabotage::NoQuietHours],
        "the clock is held against the quiet hours",
        &[Promise::QuietRespected],
        Some(5),
    ),
    rule(
        &[Sabotage::ContactsUnasked],
        "it is asked whether a contact is new",
        &[Promise::CapsRespected, Promise::NewContactsRest],
        Some(7),
    ),
    rule(
        &[Sabotage::NoNewContactsHold],
        "that no chats may be opened is remembered",
        &[Promise::NewContactsRest],
        Some(7),
    ),
    rule(
        &[Sabotage::NoOwnWakeUp],
        "a message that is moved far has a wake-up of its own",
        &[Promise::AcceptedIsDurable, Promise::Fair, Promise::ReplyNotHeld],
        Some(7),
    ),
    rule(
        &[Sabotage::NoInstants],
        "a ticket that stands for others is not deleted before their instant",
        &[Promise::AcceptedIsDurable],
        Some(6909),
    ),
    rule(
        &[Sabotage::NoMerging],
        "tickets that wait for the same instant are merged",
        &[Promise::WorkIsBounded],
        Some(225),
    ),
    rule(
        &[Sabotage::DeletedWithBatch],
        "what is let go is deleted before its batch is done",
        &[Promise::Fair],
        Some(7900),
    ),
];

const fn rule(
    sabotage: &'static [Sabotage],
    name: &'static str,
    breaks: &'static [Promise],
    seed: Option<u64>,
) -> Rule {
    Rule { sabotage, name, breaks, seed }
}

impl Rule {
    /// What a seed shows without the rule, as far as it is one of the promises that the rule stands for. A seed that shows
    /// something with all rules in place proves nothing.
    pub fn shown_by(&self, seed: u64) -> Option<Violation> {
        let without = run_seed(seed, self.sabotage).violations;
        let hit = without.into_iter().find(|violation| self.covers(violation))?;
        run_seed(seed, &[]).violations.is_empty().then_some(hit)
    }

    fn covers(&self, violation: &Violation) -> bool {
        self.breaks.is_empty() || self.breaks.contains(&violation.promise)
    }
}

/// How many seeds are run before their results are checked.
const CHUNK: u64 = 100;

/// Looks for the first seed that breaks a promise when a rule is taken out, among this many seeds.
pub fn find(rule: &Rule, seeds: u64) -> Option<Finding> {
    for chunk in 0..seeds.div_ceil(CHUNK) {
        let first = 1 + chunk * CHUNK;
        let count = (seeds + 1 - first).min(CHUNK);
        let tally = run_seeds(first, count, rule.sabotage, |_| true);
        let mut hits = tally
            .violations
            .into_iter()
            .filter(|(_, violation)| rule.covers(violation))
            .map(|(seed, _)| seed);
        if let Some((seed, violation)) = hits.find_map(|seed| Some((seed, rule.shown_by(seed)?))) {
            return Some(Finding { seed, violation });
        }
    }
    None
}
