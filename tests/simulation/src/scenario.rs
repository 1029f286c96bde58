//! What happens in a run, drawn from its seed.

use domain::allowance::{QuietHours, SendingLimits, WarmUp};
use domain::ids::{AccountId, MessageId, SessionId};
use domain::limits::{GAP_DEFAULT_MAX_MS, GAP_DEFAULT_MIN_MS};
use domain::pacing::Pacing;
use domain::priority::Priority;
use domain::session::{ProviderConfig, Session};
use domain::time::Timestamp;
use fakes::{ALWAYS, Latency, Manner, Rates, Rng, World};

use crate::checker::Gap;

/// When a cancel comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAt {
    /// So many milliseconds after the message was accepted.
    After(i64),
    /// When the session is next looked at.
    Survey,
    /// When the session is next leased.
    Lease,
    /// When the message is claimed.
    Claim,
    /// When the message's provider call starts.
    Call,
    /// When the message is put back in line.
    Requeue,
}

/// What is decided about a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It rests.
    Pause,
    /// It goes on.
    Resume,
    /// It is taken back.
    Cancel,
}

/// When it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderAt {
    /// So many milliseconds after the campaign began.
    After(i64),
    /// When its session is next looked at.
    Survey,
    /// When its session is next leased.
    Lease,
    /// When a message of its session is next claimed.
    Claim,
    /// When a provider call of its session starts next.
    Call,
    /// When a message of its session is next put back in line.
    Requeue,
}

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends a message through the API.
    Send {
        /// In which session, by number.
        session: usize,
        /// How urgent.
        priority: Priority,
        /// In how many milliseconds it is due; zero is at once.
        delay_ms: i64,
        /// Whether and when it is taken back.
        cancel: Option<CancelAt>,
    },
    /// Starts a campaign: rows of priority 10, and a few tickets.
    Campaign {
        /// In which session, by number.
        session: usize,
        /// How many messages.
        rows: usize,
        /// How many tickets.
        tickets: usize,
    },
    /// Starts a campaign with a row of its own, about which something is decided meanwhile.
    Controlled {
        /// In which session, by number.
        session: usize,
        /// How many messages.
        rows: u32,
        /// Its own gaps, in milliseconds.
        pacing: Option<(u32, u32)>,
        /// How long it takes until all rows are stored, in milliseconds.
        ingest_ms: i64,
        /// What is decided.
        orders: Vec<(OrderAt, Order)>,
    },
    /// Deletes a session through the API, with what waits.
    Delete {
        /// Which session, by number.
        session: usize,
    },
    /// Ends the hold of a session through the API.
    Resume {
        /// Which session, by number.
        session: usize,
    },
    /// When the session is next looked at, a message of priority 1 comes, just too late to be seen.
    Overtake {
        /// In which session, by number.
        session: usize,
        /// Whether the worker that sends it dies in the middle of its provider call.
        is_fatal: bool,
    },
    /// Sends a ticket for which there is no message, as late copies and doubled deliveries leave behind.
    Stray {
        /// In which session, by number.
        session: usize,
        /// Of which priority.
        priority: Priority,
    },
    /// Spoils the row of a waiting message, if there is one.
    Spoil {
        /// In which session, by number.
        session: usize,
    },
    /// Puts something into a queue that is no ticket.
    Garbage {
        /// In which session, by number.
        session: usize,
    },
}

/// A session, how its provider behaves, and how long its gaps are.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Its configuration.
    pub session: Session,
    /// How its provider behaves.
    pub manner: Manner,
}

/// A run before it starts.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Whose everything is.
    pub account_id: AccountId,
    /// The sessions.
    pub actors: Vec<Actor>,
    /// What happens, and how many milliseconds after the beginning.
    pub steps: Vec<(i64, Step)>,
    /// How often things go wrong.
    pub rates: Rates,
    /// How long things take.
    pub latency: Latency,
    /// After so many milliseconds nothing new goes wrong, and everything must come to its end.
    pub faults_end_ms: i64,
    /// After so many milliseconds everything must be over.
    pub end_ms: i64,
    /// How many runs of the dispatcher for each queue there may be at the same time.
    pub concurrency: usize,
    /// Whether promote, sweep and watch run, too.
    pub has_upkeep: bool,
}

/// For so long things go wrong.
const FAULTS_END_MS: i64 = 20 * 60 * 1000;
const HOUR_MS: i64 = 3600 * 1000;
/// After this time everything must be over.
pub const END_MS: i64 = 3 * HOUR_MS;

/// A session's range of gaps.
pub fn gap_of(session: &Session) -> Gap {
    let (min, max) = session.pacing.map_or((GAP_DEFAULT_MIN_MS, GAP_DEFAULT_MAX_MS), |pacing| {
        (pacing.min_gap_ms(), pacing.max_gap_ms())
    });
    Gap { min_ms: i64::from(min), max_ms: i64::from(max) }
}

impl Scenario {
    /// The scenario of a seed.
    pub fn of_seed(seed: u64) -> Self {
        let rng = Rng::new(seed ^ 0x5ce0_a210);
        let account_id = AccountId::new(World::BEGINNING, u128::from(rng.next_u64()));
        // Some runs are all about many sessions whose tickets travel together.
        let is_crowd = rng.chance(ALWAYS / 12);
        let count = if is_crowd { 12 } else { 1 + rng.below(4) };
        let is_calm = is_crowd || rng.chance(ALWAYS / 5);
        let mut actors: Vec<Actor> = (0..count).map(|n| actor(&rng, account_id, n, is_calm)).collect();
        let mut steps = steps(&rng, actors.len(), is_calm);
        // From chance of its own, so that the other steps of a seed stay what they are.
        let campaign_rng = Rng::new(seed ^ 0xca3b_a167);
        steps.extend(controlled(&campaign_rng, actors.len()));
        steps.sort_by_key(|(at, _)| *at);
        if !is_calm {
            refuse(&campaign_rng, &mut actors, &steps);
        }
        if is_crowd {
            steps.extend(crowd(&rng, actors.len()));
            steps.sort_by_key(|(at, _)| *at);
        }
        let allowed = allow(&Rng::new(seed ^ 0x11a1_75ed), &mut actors, is_calm);
        let rates = if is_calm { Rates::default() } else { rates(&rng) };
        let concurrency = *rng.pick(&[15, 50]);
        Self {
            account_id,
            actors,
            steps,
            rates,
            latency: Latency::USUAL,
            faults_end_ms: FAULTS_END_MS,
            end_ms: match allowed {
                Allowed::PerDay => END_MS + 40 * 24 * HOUR_MS,
                Allowed::HeldFar => 4 * END_MS,
                Allowed::Quiet | Allowed::All => END_MS,
            },
            concurrency,
            has_upkeep: allowed == Allowed::HeldFar,
        }
    }
}

impl Scenario {
    /// The same without limits by day: a rule that has nothing to do with these need not be missed for forty days.
    #[must_use]
    pub fn without_days(mut self) -> Self {
        if self.end_ms > 24 * HOUR_MS {
            self.end_ms = END_MS;
            for actor in &mut self.actors {
                actor.session.limits = None;
            }
        }
        self
    }
}

/// What kind of limits a run is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    All,
    PerDay,
    Quiet,
    HeldFar,
}

/// Limits of sessions, and providers that hold recipients or new contacts.
fn allow(rng: &Rng, actors: &mut [Actor], is_calm: bool) -> Allowed {
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

fn actor(rng: &Rng, account_id: AccountId, number: usize, is_calm: bool) -> Actor {
    let pacing = *rng.pick(&[
        None,
        Some((1_000, 2_000)),
        Some((1_000, 1_000)),
        Some((2_000, 6_000)),
        Some((5_000, 9_000)),
        Some((14_000, 30_000)),
    ]);
    let pacing = pacing.and_then(|(min, max)| Pacing::new(min, max).ok());
    let session = Session {
        session_id: SessionId::new(World::BEGINNING, u128::from(rng.next_u64())),
        account_id,
        name: format!("session {number}"),
        provider: ProviderConfig::Sandbox,
        pacing,
        limits: None,
        created_at: World::BEGINNING,
    };
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
fn rates(rng: &Rng) -> Rates {
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

fn steps(rng: &Rng, sessions: usize, is_calm: bool) -> Vec<(i64, Step)> {
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

/// Campaigns about which something is decided, several of them often in the same session.
fn controlled(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
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
fn refuse(rng: &Rng, actors: &mut [Actor], steps: &[(i64, Step)]) {
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
fn crowd(rng: &Rng, sessions: usize) -> Vec<(i64, Step)> {
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

/// A new message's id, as a campaign makes it.
pub fn row_id(rng: &Rng, now: Timestamp) -> MessageId {
    MessageId::new(now, u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64()))
}
