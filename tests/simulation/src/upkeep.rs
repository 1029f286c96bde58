//! Long runs with the functions that a schedule or the stream starts: `promote`, `watch`, `sweep`.
//!
//! Sessions have one message at a time, so that each has a time at which it must be sent, and its delay can be measured.

use std::cell::RefCell;
use std::rc::Rc;

use domain::values::ids::{MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{ALWAYS, Rates, Rng, World};

use crate::cases::quiet;
use crate::promise::{Promise, Violation};
use crate::run::{Outcome, run};
use crate::scenario::{self, Scenario, Step};
use crate::stage::{Upkeep, connect_upkeep};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What goes wrong in a long run.
#[derive(Clone, Copy, Debug)]
pub struct Troubles {
    /// From when until when `promote` does not run, in milliseconds from the beginning.
    pub promote_off_ms: (i64, i64),
    /// How late the stream is at most, in milliseconds.
    pub stream_late_ms: i64,
    /// What else goes wrong, and how often; until [`Troubles::end_ms`].
    pub rates: Rates,
    /// From when until when every message of the three FIFO queues is deleted, again and again, in milliseconds from the
    /// beginning.
    pub purged_ms: (i64, i64),
    /// Whether `sweep` never runs.
    pub sweep_off: bool,
    /// When all of it ends, in milliseconds from the beginning.
    pub end_ms: i64,
}

impl Troubles {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        promote_off_ms: (END_MS, END_MS),
        stream_late_ms: 0,
        rates: Rates::NONE,
        purged_ms: (0, 0),
        sweep_off: false,
        end_ms: 3 * HOUR_MS,
    };

    /// One ticket in twenty is lost, `promote` is down for an hour, and the stream is up to ten minutes late.
    pub const LOSSES: Self = Self {
        promote_off_ms: (HOUR_MS, 2 * HOUR_MS),
        stream_late_ms: 10 * MINUTE_MS,
        rates: Rates { ticket_lost: ALWAYS / 20, ..Rates::NONE },
        ..Self::NONE
    };

    /// Also, functions die, calls are refused, replies are lost, copies come late, batches come twice, clocks are off.
    pub const ALL: Self = Self {
        rates: Rates {
            crash: 10,
            throttled: 50,
            reply_lost: 50,
            late_copy: 50,
            doubled: 50,
            lag_ms: 2_000,
            skew_ms: 250,
            ..Self::LOSSES.rates
        },
        ..Self::LOSSES
    };

    /// All of them, each with a name.
    pub const fn all() -> [(&'static str, Self); 5] {
        let purged = Self { purged_ms: (HOUR_MS, HOUR_MS + 10 * MINUTE_MS), ..Self::NONE };
        let down = Self { promote_off_ms: Self::LOSSES.promote_off_ms, ..Self::NONE };
        [
            ("nothing", Self::NONE),
            ("queues emptied for ten minutes", purged),
            ("promote down for an hour", down),
            ("that, 5 % of tickets lost, stream late", Self::LOSSES),
            ("that, and faults everywhere", Self::ALL),
        ]
    }
}

/// When a message should have gone, and when it went.
#[derive(Clone, Copy, Debug)]
pub struct Went {
    /// Which message.
    pub key: MessageKey,
    /// When it was due.
    pub due: Timestamp,
    /// How much later than its time it was last claimed, in milliseconds.
    pub delay_ms: i64,
}

/// The result of a long run.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// What the run came to; promises about delays, which lost tickets break, are left out.
    pub outcome: Outcome,
    /// Every accepted message that went.
    pub went: Vec<Went>,
    /// Sessions that are watched in the end.
    pub watched: usize,
    /// Wake-ups that are kept in the end.
    pub kept: usize,
}

impl Aftermath {
    /// The longest delay of what was due in a time, in milliseconds from the beginning.
    pub fn longest_delay_ms(&self, from_ms: i64, until_ms: i64) -> i64 {
        let at = |went: &&Went| (from_ms..until_ms).contains(&went.due.millis_since(World::BEGINNING));
        self.went.iter().filter(at).map(|went| went.delay_ms).max().unwrap_or(0)
    }

    /// The promises that were broken.
    pub fn broken(&self) -> Vec<String> {
        self.outcome.violations.iter().map(ToString::to_string).collect()
    }
}

/// The time between two purges of the queues, in milliseconds: hardly any ticket is received in between.
const PURGED_EACH_MS: usize = 20;

/// How many sessions there are in a long run.
const SESSIONS: usize = 40;
/// How long messages come, in milliseconds.
pub const MESSAGES_FOR_MS: i64 = 5 * HOUR_MS;
/// What is due after this has long left every trouble behind, in milliseconds from the beginning.
pub const END_MS: i64 = 8 * HOUR_MS;

/// What went, how many sessions are watched in the end, and how many wake-ups are kept.
type Left = (Vec<Went>, usize, usize);

/// Plays a long run: forty sessions, each with a message that is due now and then, half of them scheduled up to three
/// hours ahead.
pub fn play(seed: u64, troubles: Troubles) -> Aftermath {
    let mut scenario = Scenario { upkeep: scenario::Upkeep::Prepared, ..quiet(SESSIONS) };
    (scenario.rates, scenario.faults_end_ms, scenario.end_ms) = (troubles.rates, troubles.end_ms, END_MS);
    scenario.steps = steps(&Rng::new(seed), MESSAGES_FOR_MS);
    let sessions: Vec<SessionId> = scenario.actors.iter().map(|actor| actor.session.session_id).collect();
    let left: Rc<RefCell<Option<Left>>> = Rc::default();
    let notes = Rc::clone(&left);
    let mut outcome = run(seed, scenario, &[], |world| {
        let until = World::BEGINNING.plus_millis(END_MS);
        let upkeep = connect_upkeep(world, until, troubles.stream_late_ms);
        plan(world, &upkeep, troubles);
        let end = world.clone();
        world.after(END_MS - 1, move || {
            let all = sessions.iter().flat_map(|session| went(&end, *session)).collect();
            *notes.borrow_mut() = Some((all, end.watched_sessions().len(), end.kept_wake_ups()));
        });
    });
    outcome.violations.retain(is_no_delay);
    let (mut went, watched, kept) = left.take().unwrap_or_default();
    // Nobody was promised anything about a message whose sender got an error, even if it went after all.
    went.retain(|went| outcome.accepted.contains(&went.key));
    Aftermath { outcome, went, watched, kept }
}

/// Lost tickets break the first two by their nature, until they are found. The third is known and open, see
/// `docs/DISPATCH.md`.
const fn is_no_delay(violation: &Violation) -> bool {
    !matches!(violation.promise, Promise::ReplyNotHeld | Promise::Fair | Promise::RefusedIsFinal)
}

fn plan(world: &World, upkeep: &Upkeep, troubles: Troubles) {
    let (off, on) = (upkeep.promote.clone(), upkeep.promote.clone());
    world.after(troubles.promote_off_ms.0, move || off.off());
    world.after(troubles.promote_off_ms.1, move || on.on());
    if troubles.sweep_off {
        upkeep.sweep.off();
    }
    for at_ms in (troubles.purged_ms.0..troubles.purged_ms.1).step_by(PURGED_EACH_MS) {
        let purged = world.clone();
        world.after(at_ms, move || Priority::ALL.into_iter().for_each(|priority| purged.purge(priority)));
    }
}

/// One message at a time for each session: the next is due some minutes after the one before.
fn steps(rng: &Rng, span_ms: i64) -> Vec<(i64, Step)> {
    let mut steps = Vec::new();
    for session in 0..SESSIONS {
        let mut due_ms = rng.between(0, 10 * MINUTE_MS);
        while due_ms < span_ms {
            let ahead_ms = if rng.below(2) == 0 { 0 } else { rng.between(1, due_ms.clamp(1, 3 * HOUR_MS)) };
            let (sent_ms, priority) = (due_ms - ahead_ms.min(due_ms), *rng.pick(&Priority::ALL));
            let delay_ms = due_ms - sent_ms;
            steps.push((sent_ms, Step::Send { session, priority, delay_ms, cancel: None }));
            due_ms += rng.between(15 * MINUTE_MS, 40 * MINUTE_MS);
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
}

fn went(world: &World, session_id: SessionId) -> Vec<Went> {
    let messages = world.messages_of(session_id).into_iter();
    let went = messages.filter_map(|message| {
        let due = message.scheduled_at.map_or(message.created_at, |at| at.max(message.created_at));
        Some(Went { key: message.key(), due, delay_ms: message.times.sending_at?.millis_since(due) })
    });
    went.collect()
}
