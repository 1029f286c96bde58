//! Thirty days of sessions with limits: a warm-up, caps, quiet hours, and a change of the clock in the middle.

use std::collections::BTreeMap;

use domain::sending::allowance::{QuietHours, SendingLimits, WarmUp};
use domain::sending::pacing::Pacing;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Rates, Rng, Sabotage, World};

use crate::cases::quiet as calm;
use crate::checker::DayCount;
use crate::checker::limits::new_contacts_max;
use crate::run::{Outcome, run};
use crate::scenario::{Step, Upkeep};
use crate::stage::connect_upkeep;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How long a run is.
pub const DAYS: i64 = 30;
/// More rows than thirty days let through.
const ROWS: u32 = 2_000;

/// When a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// The clock is put forward in Berlin and New York, and back in Santiago, during the run.
    Spring,
    /// The other way round.
    Autumn,
}

impl Season {
    /// Days since the world's beginning, 2026-01-01.
    const fn days_ahead(self) -> i64 {
        match self {
            // 5 March: New York changes on the 8th, Berlin on the 29th, Santiago on 5 April.
            Self::Spring => 63,
            // 5 October: Berlin changes on the 25th, New York on 1 November. Santiago has changed on 6 September.
            Self::Autumn => 277,
        }
    }
}

/// What goes wrong during all of it.
pub const FAULTS: Rates = Rates {
    crash: 10,
    throttled: 30,
    reply_lost: 30,
    repeated: 50,
    late_copy: 50,
    landed: 5_000,
    doubled: 100,
    deletion_lost: 50,
    lag_ms: 2_000,
    skew_ms: 250,
    ..Rates::NONE
};

/// What thirty days came to.
#[derive(Clone, Debug)]
pub struct Month {
    /// What the run came to. What was not sent yet when it ended is not among the violations.
    pub outcome: Outcome,
    /// The sessions' limits.
    pub limits: BTreeMap<SessionId, SendingLimits>,
    /// When they were made, and the run began.
    pub begin: Timestamp,
}

impl Month {
    /// The days of a session that lie in the run as a whole, in its time zone, each with what went out and how many new
    /// contacts there might be.
    pub fn whole_days(&self, session_id: SessionId) -> Vec<(DayCount, Option<u32>)> {
        let Some(limits) = self.limits.get(&session_id) else { return Vec::new() };
        let first = limits.time_zone.local(self.begin).day();
        let count = |day: i64| self.outcome.days.get(&(session_id, day)).copied().unwrap_or_default();
        (first + 1..first + DAYS - 1)
            .map(|day| (count(day), new_contacts_max(limits, self.begin, day)))
            .collect()
    }
}

fn quiet(from: &str, to: &str) -> Option<QuietHours> {
    Some(QuietHours { from: from.parse().ok()?, to: to.parse().ok()? })
}

fn in_zone(zone: &str) -> SendingLimits {
    SendingLimits { time_zone: zone.parse().unwrap_or_default(), ..SendingLimits::default() }
}

/// The sessions: a warm-up, a cap of new contacts, a daily maximum that is used up, quiet hours alone, and all together.
fn all_limits() -> [SendingLimits; 5] {
    let warm_up = Some(WarmUp { start_per_day: 5, growth_percent: 20, days: 20 });
    [
        SendingLimits {
            warm_up,
            new_contacts_daily_max: Some(60),
            quiet_hours: quiet("22:00", "07:00"),
            ..in_zone("Europe/Berlin")
        },
        SendingLimits { new_contacts_daily_max: Some(20), ..in_zone("America/New_York") },
        SendingLimits {
            daily_max: Some(40),
            quiet_hours: quiet("23:30", "02:30"),
            ..in_zone("America/Santiago")
        },
        SendingLimits { quiet_hours: quiet("01:30", "02:30"), ..in_zone("Europe/Berlin") },
        SendingLimits {
            daily_max: Some(30),
            new_contacts_daily_max: Some(10),
            quiet_hours: quiet("20:00", "08:15"),
            ..in_zone("Asia/Kathmandu")
        },
    ]
}

/// Runs thirty days. `sabotage` takes rules out.
pub fn play(seed: u64, season: Season, rates: Rates, sabotage: &[Sabotage]) -> Month {
    let mut scenario = calm(all_limits().len());
    let begin = World::BEGINNING.plus_millis(season.days_ahead() * DAY_MS);
    for (actor, limits) in scenario.actors.iter_mut().zip(all_limits()) {
        actor.session.limits = Some(limits);
        actor.session.created_at = begin;
        actor.session.pacing = Pacing::new(60_000, 120_000).ok();
        actor.manner.call_ms = (100, 2_000);
    }
    let limits = scenario
        .actors
        .iter()
        .filter_map(|actor| actor.session.limits.clone().map(|limits| (actor.session.session_id, limits)));
    let limits: BTreeMap<SessionId, SendingLimits> = limits.collect();
    scenario.rates = rates;
    scenario.upkeep = Upkeep::Prepared;
    scenario.steps = steps(&Rng::new(seed), scenario.actors.len());
    scenario.faults_end_ms = season.days_ahead() * DAY_MS + DAYS * DAY_MS;
    scenario.end_ms = scenario.faults_end_ms + 60 * MINUTE_MS;
    let end = World::BEGINNING.plus_millis(scenario.end_ms);
    let mut outcome = run(seed, scenario, sabotage, |world| {
        world.run_for(season.days_ahead() * DAY_MS);
        let _ = connect_upkeep(world, end, 0);
    });
    outcome.violations.retain(|violation| !violation.what.contains("still queued at the end"));
    Month { outcome, limits, begin }
}

/// A campaign to strangers from the first day, and each day some messages to acquaintances and some answers, at any hour.
fn steps(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
    let mut steps = Vec::new();
    for session in 0..sessions {
        let campaign =
            Step::Controlled { session, rows: ROWS, pacing: None, ingest_ms: 10_000, orders: Vec::new() };
        steps.push((MINUTE_MS, campaign));
        for day in 0..DAYS {
            for priority in [Priority::High, Priority::High, Priority::Normal, Priority::Bulk] {
                let at = day * DAY_MS + rng.between(2 * MINUTE_MS, DAY_MS - 1);
                steps.push((at, Step::Send { session, priority, delay_ms: 0, cancel: None }));
            }
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
}
