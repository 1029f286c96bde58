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
}

/// What was found with a rule taken out.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The first seed that showed it.
    pub seed: u64,
    /// What it showed.
    pub violation: Violation,
}

/// All rules.
pub const RULES: [Rule; 46] = [
    rule(&[Sabotage::NoLease], "the lease", &[Promise::OneAtATime]),
    rule(
        &[Sabotage::AcquireIgnoresFence],
        "the lease is conditional on the fence that was read",
        &[Promise::OneAtATime],
    ),
    rule(&[Sabotage::ClaimIgnoresFence], "the fence on the claim", &[Promise::NoBlindResend]),
    rule(&[Sabotage::RecordIgnoresFence], "the fence on the record", &[Promise::NoBlindResend]),
    rule(&[Sabotage::ReleaseIgnoresFence], "the fence on the release", &[Promise::OneAtATime]),
    rule(&[Sabotage::ClaimHidesRow], "the old row tells a repeated claim", &[Promise::NoBlindResend]),
    rule(
        &[Sabotage::NoClockCheck],
        "the clock is checked against the lease before the call",
        &[Promise::OneAtATime],
    ),
    rule(
        &[Sabotage::NoDeadlineCheck],
        "the clock is checked against the function's end before the call",
        &[Promise::CallsFit],
    ),
    rule(&[Sabotage::StaleSurvey], "what waits is read strongly consistently", &[Promise::AcceptedIsDurable]),
    rule(&[Sabotage::NoRecheck], "a second look after the lease", &[Promise::PriorityStrict]),
    rule(&[Sabotage::BlindResend], "no blind resend", &[Promise::NoBlindResend]),
    rule(
        &[Sabotage::SurveyShowsOneOnly],
        "a look for more before the acknowledgement",
        &[Promise::AcceptedIsDurable],
    ),
    rule(
        &[Sabotage::TimerWaitsHide],
        "waits that are no gaps go to the timer",
        &[Promise::ReplyNotHeld, Promise::Fair],
    ),
    rule(
        &[Sabotage::FixedDeduplicationIds],
        "a fresh deduplication id for every hop",
        &[Promise::AcceptedIsDurable],
    ),
    rule(&[Sabotage::TicketsNeverWearOut], "a worn-out ticket is made anew", &[Promise::AcceptedIsDurable]),
    rule(&[Sabotage::TicketBeforeRow], "the row before the ticket", &[Promise::AcceptedIsDurable]),
    rule(
        &[Sabotage::NoWakeUp],
        "a scheduled message has a wake-up of its own",
        &[Promise::AcceptedIsDurable],
    ),
    rule(&[Sabotage::CancelUnconditional], "a cancel is conditional on `queued`", &[Promise::CancelIsFinal]),
    rule(&[Sabotage::NoGap], "the gap", &[Promise::GapRespected]),
    rule(&[Sabotage::NoHold], "a session in trouble rests", &[Promise::TroubleRests]),
    rule(&[Sabotage::ClassesReversed], "the order of the classes", &[Promise::PriorityStrict]),
    rule(&[Sabotage::DuesReversed], "the order inside a class", &[Promise::PriorityStrict]),
    rule(&[Sabotage::NoFenceOff], "a recovery fences the row off", &[Promise::NoBlindResend]),
    rule(&[Sabotage::NoRecovery], "an abandoned lease is taken over", &[Promise::AcceptedIsDurable]),
    rule(&[Sabotage::RecoveryWithoutGap], "a recovery leaves a fresh gap", &[Promise::GapRespected]),
    rule(&[Sabotage::NoSafetyNet], "a row left behind in `sending` is ended", &[]),
    rule(&[Sabotage::NoPointing], "the lease names the message in hand", &[Promise::GapRespected]),
    rule(
        &[Sabotage::NoPointing, Sabotage::NoSafetyNet],
        "the two before, which stand in for each other",
        &[Promise::AcceptedIsDurable],
    ),
    rule(&[Sabotage::AttemptsForgotten], "attempts are counted in the row", &[Promise::BoundedRetries]),
    rule(&[Sabotage::NoBackOff], "a retry waits", &[Promise::BoundedRetries]),
    rule(&[Sabotage::ReportsUnconditional], "reports only move forward", &[Promise::ForwardOnly]),
    rule(&[Sabotage::CampaignsUnasked], "a campaign is asked whether it may send", &[Promise::PauseIsPrompt]),
    rule(
        &[Sabotage::StaleCampaigns],
        "a campaign is read strongly consistently, under the lease",
        &[Promise::PauseIsPrompt, Promise::AcceptedIsDurable, Promise::Fair],
    ),
    rule(
        &[Sabotage::PausedRowsEndTheLine],
        "a line is read on behind paused rows",
        &[Promise::AcceptedIsDurable, Promise::Fair],
    ),
    rule(&[Sabotage::NoHalt], "a refused request pauses its campaign", &[Promise::RefusalPauses]),
    rule(&[Sabotage::CampaignGapForAll], "a campaign's own gap is its own", &[Promise::GapRespected]),
    rule(&[Sabotage::ResumeWithoutTicket], "a resume sends a ticket", &[Promise::AcceptedIsDurable]),
    rule(
        &[Sabotage::NoInsurance],
        "a decision about a campaign is insured before it is made",
        &[Promise::AcceptedIsDurable],
    ),
    rule(&[Sabotage::ClearOnce], "what a worker has in hand is looked at again after a cancel", &[]),
    rule(
        &[Sabotage::ClearOnce, Sabotage::NoInsurance],
        "the two before, which stand in for each other",
        &[Promise::AcceptedIsDurable],
    ),
    rule(&[Sabotage::NoTally], "what was sent is counted with the release", &[Promise::CapsRespected]),
    rule(
        &[Sabotage::RecoveryUncounted],
        "a recovery counts what may have been sent",
        &[Promise::CapsRespected],
    ),
    rule(&[Sabotage::NoQuietHours], "the clock is held against the quiet hours", &[Promise::QuietRespected]),
    rule(
        &[Sabotage::ContactsUnasked],
        "it is asked whether a contact is new",
        &[Promise::CapsRespected, Promise::NewContactsRest],
    ),
    rule(
        &[Sabotage::NoNewContactsHold],
        "that no chats may be opened is remembered",
        &[Promise::NewContactsRest],
    ),
    rule(
        &[Sabotage::NoOwnWakeUp],
        "a message that is moved far has a wake-up of its own",
        &[Promise::AcceptedIsDurable, Promise::Fair, Promise::ReplyNotHeld],
    ),
];

const fn rule(sabotage: &'static [Sabotage], name: &'static str, breaks: &'static [Promise]) -> Rule {
    Rule { sabotage, name, breaks }
}

/// So many seeds are run before the next look at what they showed.
const CHUNK: usize = 100;

/// Looks for a seed that shows what breaks without a rule, among so many. A seed that shows something with all rules in
/// place proves nothing.
pub fn find(rule: &Rule, seeds: u64) -> Option<Finding> {
    for first in (1..=seeds).step_by(CHUNK) {
        let count = (seeds + 1 - first).min(100);
        let tally = run_seeds(first, count, rule.sabotage, |_| true);
        let mut hits = tally
            .violations
            .into_iter()
            .filter(|(_, v)| rule.breaks.is_empty() || rule.breaks.contains(&v.promise));
        let hit = hits.find(|(seed, _)| run_seed(*seed, &[]).violations.is_empty());
        if let Some((seed, violation)) = hit {
            return Some(Finding { seed, violation });
        }
    }
    None
}
