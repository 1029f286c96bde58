//! A hundred sessions whose providers are down for minutes to days, and refuse campaigns for a while.

use domain::values::ids::MessageKey;
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use fakes::{Rng, World};

use crate::cases::quiet as calm;
use crate::run::{Outcome, run};
use crate::scenario::{Order, OrderAt, Scenario, Step};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const SESSIONS: usize = 100;
/// The longest outage.
const LONGEST_MS: i64 = 50 * HOUR_MS;

/// What became of it.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// What the run came to; the checker holds every gap.
    pub outcome: Outcome,
    /// Accepted messages that were not sent.
    pub unsent: Vec<MessageKey>,
    /// Messages that needed more than one attempt although no call was lost.
    pub with_burnt_attempts: Vec<MessageKey>,
}

fn outage(rng: &Rng, session: usize) -> (Timestamp, Timestamp) {
    let longest = match session % 10 {
        0 => LONGEST_MS,
        1..4 => 5 * HOUR_MS,
        _ => 20 * MINUTE_MS,
    };
    let from = World::BEGINNING.plus_millis(rng.between(0, 10 * MINUTE_MS));
    (from, from.plus_millis(rng.between(longest / 2, longest)))
}

fn scenario(seed: u64) -> Scenario {
    let rng = Rng::new(seed ^ 0x0007_a9e5);
    let mut scenario = calm(SESSIONS);
    for (session, actor) in scenario.actors.iter_mut().enumerate() {
        actor.manner.outages.push(outage(&rng, session));
        let refuses_from = World::BEGINNING.plus_millis(LONGEST_MS + 11 * MINUTE_MS);
        actor.manner.refusals.push((refuses_from, refuses_from.plus_millis(HOUR_MS)));
        // The second campaign meets the refusals, is paused, and resumed when they are over.
        let resumed = vec![(OrderAt::After(2 * HOUR_MS), Order::Resume)];
        let campaign =
            |orders| Step::Controlled { session, rows: 10, pacing: None, ingest_ms: 1_000, orders };
        scenario.steps.push((rng.between(0, 5 * MINUTE_MS), campaign(Vec::new())));
        scenario.steps.push((LONGEST_MS + 12 * MINUTE_MS, campaign(resumed)));
        for priority in [Priority::High, Priority::Normal] {
            let single = Step::Send { session, priority, delay_ms: 0, cancel: None };
            scenario.steps.push((rng.between(0, HOUR_MS), single));
        }
    }
    scenario.steps.sort_by_key(|(at, _)| *at);
    scenario.faults_end_ms = LONGEST_MS + 4 * HOUR_MS;
    scenario.end_ms = LONGEST_MS + 6 * HOUR_MS;
    scenario.concurrency = 50;
    scenario
}

/// Runs it.
pub fn play(seed: u64) -> Aftermath {
    let mut kept = None;
    let outcome = run(seed, scenario(seed), &[], |world| kept = Some(world.clone()));
    let (mut unsent, mut with_burnt_attempts) = (Vec::new(), Vec::new());
    for key in &outcome.accepted {
        let message = kept.as_ref().and_then(|world| world.message(*key));
        if message.as_ref().is_none_or(|message| message.status != Status::Sent) {
            unsent.push(*key);
        }
        if message.is_some_and(|message| message.attempts != 1) {
            with_burnt_attempts.push(*key);
        }
    }
    Aftermath { outcome, unsent, with_burnt_attempts }
}
