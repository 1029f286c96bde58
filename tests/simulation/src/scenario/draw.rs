//! The parts of a scenario, each drawn by chance.

use domain::sending::allowance::{QuietHours, SendingLimits, WarmUp};
use domain::sending::pacing::Pacing;
use domain::session::{ProviderConfig, Session};
use domain::values::ids::{AccountId, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{ALWAYS, Manner, Rates, Rng, World};

use super::{Actor, CancelAt, Order, OrderAt, Step};

/// What kind of limits a run is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    All,
    PerDay,
    Quiet,
    HeldFar,
}

/// Limits of sessions, and providers that hold recipients or new contacts.
pub(super) fn allow(rng: &Rng, actors: &mut [Actor], is_calm: bool) -> Allowed {
    let allowed = match rng.below(8) {
        0 => Allowed::PerDay,
        1 => Allowed::Quiet,
        2 if !is_calm => Allowed::HeldFar,
        _ => Allowed::All,
    };
    for actor in actors {
        match allowed {
            Allowed::PerDay => actor.session.limits = rng.chance(ALWAYS / 2).then(|| caps(rng)),
            Allowed::Quiet => actor.session.limits = quiet(rng),
            Allowed::HeldFar => {
                actor.manner.recipient_held = (1_000, *rng.pick(&[4_000, 16_000, 64_000, 1_024_000]));
                if rng.chance(ALWAYS / 2) {
                    continue;
                }
                let (from, to) = outage(rng);
                actor.manner.no_new_chats.push((from, to, *rng.pick(&[30_000, 600_000, 1_200_000])));
            }
            Allowed::All if is_calm => {}
            Allowed::All => {
                actor.manner.recipient_held = (*rng.pick(&[0, 500]), *rng.pick(&[1_000, 4_000, 16_000]));
            }
        }
    }
    allowed
}

/// Ends of days lie in the first hours of a run in some of these zones. Caps leave time to send everything.
fn caps(rng: &Rng) -> SendingLimits {
    let zone = *rng.pick(&["UTC", "Atlantic/Cape_Verde", "America/Noronha", "Asia/Kathmandu"]);
    let cap = |least| u32::try_from(rng.between(least, 30)).unwrap_or(10);
    let (daily, new) = (rng.chance(ALWAYS / 2), rng.chance(ALWAYS / 2));
    let warm_up = WarmUp { start_per_day: 2, growth_percent: 50, days: 10 };
    SendingLimits {
        daily_max: (daily || !new).then(|| cap(10)),
        new_contacts_daily_max: new.then(|| cap(10)),
        warm_up: rng.chance(ALWAYS / 3).then_some(warm_up),
        quiet_hours: None,
        time_zone: zone.parse().unwrap_or_default(),
    }
}

/// Some minutes of quiet in the first minutes of a run.
fn quiet(rng: &Rng) -> Option<SendingLimits> {
    let time = |minute: i64| format!("00:{minute:02}").parse().ok();
    let from = rng.between(0, 3);
    let quiet_hours = QuietHours { from: time(from)?, to: time(from + rng.between(1, 10))? };
    Some(SendingLimits { quiet_hours: Some(quiet_hours), ..SendingLimits::default() })
}

pub(super) fn actor(rng: &Rng, account_id: AccountId, number: usize, is_calm: bool) -> Actor {
    let pacing = *rng.pick(&[
        None,
        Some((1_000, 2_000)),
        Some((1_000, 1_000)),
        Some((2_000, 6_000)),
        Some((5_000, 9_000)),
        Some((14_000, 30_000)),
    ]);
    let pacing = pacing.and_then(|(min, max)| Pacing::new(min, max).ok());
    let session_id = SessionId::new(World::BEGINNING, u128::from(rng.next_u64()));
    let (name, provider) = (format!("session {number}"), ProviderConfig::Sandbox);
    let session =
        Session { pacing, ..Session::new(session_id, account_id, name, provider, World::BEGINNING) };
    Actor { session, manner: manner(rng, is_calm) }
}

fn manner(rng: &Rng, is_calm: bool) -> Manner {
    let call_ms = *rng.pick(&[(20, 80), (50, 900), (500, 3_000), (1_000, 10_500)]);
    let is_idempotent = rng.chance(ALWAYS / 3);
    let healthy = Manner { call_ms, is_idempotent, reports: rng.chance(ALWAYS / 2), ..Manner::PLAIN };
    if is_calm || rng.chance(ALWAYS / 4) {
        return healthy;
    }
    let outages = (0..rng.below(3)).map(|_| outage(rng)).collect();
    let draw = |most: i64| u32::try_from(rng.between(0, most)).unwrap_or(0);
    Manner {
        transient: draw(3_000),
        permanent: draw(500),
        hang: draw(800),
        reply_lost: draw(800),
        outages,
        ..healthy
    }
}

fn outage(rng: &Rng) -> (Timestamp, Timestamp) {
    let from = World::BEGINNING.plus_millis(rng.between(0, 120_000));
    (from, from.plus_millis(rng.between(1_000, 90_000)))
}

/// How often things go wrong: each kind never, seldom or often.
pub(super) fn rates(rng: &Rng) -> Rates {
    let draw = |often: i64| match rng.below(3) {
        0 => 0,
        1 => u32::try_from(rng.between(1, often / 10 + 1)).unwrap_or(0),
        _ => u32::try_from(rng.between(1, often)).unwrap_or(0),
    };
    // Some runs are all about workers that stand still, and outlive their leases; others about workers that die.
    let is_sleepy = rng.chance(ALWAYS / 8);
    let is_crashy = rng.chance(ALWAYS / 8);
    Rates {
        throttled: draw(300),
        table_refused: 0,
        queue_refused: 0,
        reply_lost: draw(300),
        repeated: draw(400),
        late_copy: draw(600),
        slow: draw(300),
        paused: if is_sleepy { 700 } else { draw(250) },
        crash: if is_crashy { 500 } else { draw(250) },
        landed: draw(i64::from(ALWAYS)),
        doubled: draw(800),
        deletion_lost: draw(800),
        ticket_lost: 0,
        overtime: if is_sleepy { ALWAYS } else { draw(i64::from(ALWAYS)) },
        lag_ms: *rng.pick(&[0, 200, 2_000]),
        skew_ms: *rng.pick(&[0, 0, 20, 250, 1_000]),
    }
}

pub(super) fn steps(rng: &Rng, sessions: usize, is_calm: bool) -> Vec<(i64, Step)> {
    let mut steps = Vec::new();
    let span_ms = *rng.pick(&[2_000, 30_000, 120_000]);
    for _ in 0..rng.between(4, 24) {
        let session = rng.below(sessions);
        let priority = *rng.pick(&Priority::ALL);
        let step = Step::Send { session, priority, delay_ms: delay_ms(rng), cancel: cancel(rng) };
        steps.push((rng.between(0, span_ms), step));
    }
    if rng.chance(ALWAYS / 3) {
        let rows =
            if rng.chance(ALWAYS / 20) { 130 } else { usize::try_from(rng.between(2, 12)).unwrap_or(2) };
        let tickets = 1 + rng.below(3);
        steps.push((rng.between(0, span_ms), Step::Campaign { session: rng.below(sessions), rows, tickets }));
    }
    if !is_calm && rng.chance(ALWAYS / 10) {
        steps.push((rng.between(0, span_ms), Step::Spoil { session: rng.below(sessions) }));
        steps.push((rng.between(0, span_ms), Step::Garbage { session: rng.below(sessions) }));
    }
    for _ in 0..rng.below(4) {
        let stray = Step::Stray { session: rng.below(sessions), priority: *rng.pick(&Priority::ALL) };
        steps.push((rng.between(0, span_ms), stray));
    }
    for _ in 0..rng.below(6) {
        steps.push((
            rng.between(0, span_ms),
            Step::Overtake { session: rng.below(sessions), is_fatal: !is_calm && rng.chance(ALWAYS / 4) },
        ));
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
}

/// A stream of messages in one session, each scheduled a little ahead of the one that goes then: as long as there is always one of
/// them ahead, no ticket finds its line empty.
pub(super) fn stream(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
    if !rng.chance(ALWAYS / 24) {
        return Vec::new();
    }
    let (session, priority) = (rng.below(sessions), *rng.pick(&Priority::ALL));
    let step = |_| Step::Send { session, priority, delay_ms: 20_000, cancel: None };
    (0..90).map(|number| (number * 10_000, step(number))).collect()
}

/// Campaigns about which something is decided, several of them often in the same session.
pub(super) fn controlled(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
    if !rng.chance(ALWAYS / 3) {
        return Vec::new();
    }
    let session = rng.below(sessions);
    let one = |_| {
        let is_long = rng.chance(ALWAYS / 8);
        let rows = u32::try_from(if is_long { rng.between(30, 60) } else { rng.between(1, 12) }).unwrap_or(1);
        let longer = *rng.pick(&[None, Some((500, 900)), Some((3_000, 4_000)), Some((20_000, 40_000))]);
        let pacing = if is_long { Some((300, 500)) } else { longer };
        let ingest_ms = if rng.chance(ALWAYS / 2) { 0 } else { rng.between(1, 20_000) };
        let orders = (0..rng.below(4)).map(|_| (order_at(rng), order(rng))).collect();
        (rng.between(0, 30_000), Step::Controlled { session, rows, pacing, ingest_ms, orders })
    };
    (0..rng.between(1, 3)).map(one).collect()
}

fn order(rng: &Rng) -> Order {
    *rng.pick(&[Order::Pause, Order::Pause, Order::Pause, Order::Resume, Order::Resume, Order::Cancel])
}

fn order_at(rng: &Rng) -> OrderAt {
    *rng.pick(&[
        OrderAt::After(rng.between(0, 3_000)),
        OrderAt::After(rng.between(0, 120_000)),
        OrderAt::Survey,
        OrderAt::Lease,
        OrderAt::Claim,
        OrderAt::Call,
        OrderAt::Requeue,
    ])
}

/// Providers that refuse all messages of campaigns for a while, or fail often while something is decided about one.
pub(super) fn refuse(rng: &Rng, actors: &mut [Actor], steps: &[(i64, Step)]) {
    for (_, step) in steps {
        let Step::Controlled { session, .. } = step else { continue };
        let manner = &mut actors[*session].manner;
        match rng.below(4) {
            0 | 1 => manner.refusals.push(outage(rng)),
            2 => manner.transient = 6_000,
            _ => {}
        }
    }
}

/// A message for every session at the same moment, and replies soon after.
pub(super) fn crowd(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
    let step = |session, priority| Step::Send { session, priority, delay_ms: 0, cancel: None };
    let all = (0..sessions).map(|session| (rng.between(5_000, 5_050), step(session, Priority::High)));
    let replies = (0..sessions).map(|session| (rng.between(5_050, 20_000), step(session, Priority::High)));
    all.chain(replies).collect()
}

fn delay_ms(rng: &Rng) -> i64 {
    match rng.below(12) {
        0 => rng.between(1, 5_000),
        1 => rng.between(5_000, 60_000),
        2 if rng.chance(ALWAYS / 4) => rng.between(60_000, 899_000),
        _ => 0,
    }
}

fn cancel(rng: &Rng) -> Option<CancelAt> {
    let moments = [
        CancelAt::After(rng.between(0, 2_000)),
        CancelAt::After(rng.between(0, 40_000)),
        CancelAt::Survey,
        CancelAt::Lease,
        CancelAt::Claim,
        CancelAt::Call,
        CancelAt::Requeue,
    ];
    rng.chance(ALWAYS / 4).then(|| *rng.pick(&moments))
}
