//! What happens in a run, drawn from its seed.

mod draw;

use domain::limits::{GAP_DEFAULT_MAX_MS, GAP_DEFAULT_MIN_MS};
use domain::session::Session;
use domain::values::ids::{AccountId, MessageId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{ALWAYS, Latency, Manner, Rates, Rng, World};

use crate::checker::Gap;
use draw::{Allowed, actor, allow, controlled, crowd, rates, refuse, steps, stream};

/// When a cancel comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAt {
    /// This many milliseconds after the message was accepted.
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
    /// It is paused.
    Pause,
    /// It goes on.
    Resume,
    /// It is cancelled.
    Cancel,
}

/// When it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderAt {
    /// This many milliseconds after the campaign began.
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
        /// Whether and when it is cancelled.
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
        /// The decisions, each with its time.
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
        /// Its priority.
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
    /// The account that everything belongs to.
    pub account_id: AccountId,
    /// The sessions.
    pub actors: Vec<Actor>,
    /// What happens, and how many milliseconds after the beginning.
    pub steps: Vec<(i64, Step)>,
    /// How often things go wrong.
    pub rates: Rates,
    /// How long things take.
    pub latency: Latency,
    /// After this many milliseconds nothing new goes wrong, and everything must come to its end.
    pub faults_end_ms: i64,
    /// After this many milliseconds everything must be over.
    pub end_ms: i64,
    /// How many runs of the dispatcher for each queue there may be at the same time.
    pub concurrency: usize,
    /// What runs by a schedule.
    pub upkeep: Upkeep,
}

/// What runs by a schedule beside the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// Promote alone, so that no sweep makes up for what is lost.
    Promote,
    /// Promote, sweep and watch.
    All,
    /// Whatever prepares the world connects it.
    Prepared,
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
        steps.extend(stream(&Rng::new(seed ^ 0x57e4_d1e5), actors.len()));
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
            upkeep: if allowed == Allowed::HeldFar { Upkeep::All } else { Upkeep::Promote },
        }
    }
}

impl Scenario {
    /// Whether something is cancelled or deleted that has to be cleared.
    pub fn has_chores(&self) -> bool {
        self.steps.iter().any(|(_, step)| match step {
            Step::Delete { .. } => true,
            Step::Controlled { orders, .. } => orders.iter().any(|(_, order)| matches!(order, Order::Cancel)),
            _ => false,
        })
    }

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

/// A new message's id, as a campaign makes it.
pub fn row_id(rng: &Rng, now: Timestamp) -> MessageId {
    MessageId::new(now, u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64()))
}
