//! Load, in virtual time: how close many busy sessions come to the rate that their gaps allow, and how long other sessions wait
//! meanwhile.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::sending::pacing::Pacing;
use domain::sending::ticket::Ticket;
use domain::session::{ProviderConfig, Session};
use domain::values::ids::{AccountId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Event, Latency, Manner, Observer, World};

use crate::run::row;
use crate::scenario::row_id;
use crate::stage;

/// How long a provider takes, in milliseconds: WAHA, roughly.
const CALL_MS: (i64, i64) = (50, 900);
/// Runs of the dispatcher that a queue may have at the same time.
const CONCURRENCY: usize = 50;

/// The results of one session.
#[derive(Clone, Copy, Debug, Default)]
struct Lap {
    first_start: Option<Timestamp>,
    last_end: Timestamp,
    /// Time in provider calls and in the gaps between them, in milliseconds: what could not be saved.
    needed_ms: i64,
    /// The gap after the last call, in milliseconds.
    last_gap_ms: i64,
    /// Calls that were made.
    calls: u64,
    /// When its first ticket was sent.
    asked_at: Timestamp,
}

/// A message of priority 1, and the time since which it has waited only for the dispatcher.
#[derive(Clone, Copy, Debug)]
struct Reply {
    stored_at: Timestamp,
}

#[derive(Debug, Default)]
struct Laps {
    sessions: BTreeMap<SessionId, Lap>,
    replies: BTreeMap<MessageKey, Reply>,
    free_at: BTreeMap<SessionId, Timestamp>,
    started_at: BTreeMap<SessionId, Timestamp>,
    waits_ms: Vec<i64>,
}

struct Stopwatch(Rc<RefCell<Laps>>);

impl Observer for Stopwatch {
    fn on_event(&mut self, world: &World, event: &Event) {
        let laps = &mut *self.0.borrow_mut();
        let now = world.now();
        match *event {
            Event::CallStarted(_, key, ..) => laps.call_started(key, now),
            Event::CallEnded(_, key, ..) => laps.call_ended(key.session_id, now),
            Event::Released(session_id, _, gaps, _) => laps.released(session_id, gaps[0]),
            _ => {}
        }
    }
}

impl Laps {
    fn call_started(&mut self, key: MessageKey, now: Timestamp) {
        let lap = self.sessions.entry(key.session_id).or_default();
        if lap.first_start.is_some() {
            lap.needed_ms += lap.last_gap_ms;
        }
        lap.first_start.get_or_insert(now);
        lap.calls += 1;
        self.started_at.insert(key.session_id, now);
        if let Some(reply) = self.replies.remove(&key) {
            let free_at = self.free_at.get(&key.session_id).copied().unwrap_or_default();
            self.waits_ms.push(now.millis_since(reply.stored_at.max(free_at)));
        }
    }

    fn call_ended(&mut self, session_id: SessionId, now: Timestamp) {
        let started_at = self.started_at.get(&session_id).copied().unwrap_or(now);
        let lap = self.sessions.entry(session_id).or_default();
        lap.needed_ms += now.millis_since(started_at);
        lap.last_end = now;
    }

    fn released(&mut self, session_id: SessionId, gap_ends: Timestamp) {
        let lap = self.sessions.entry(session_id).or_default();
        lap.last_gap_ms = gap_ends.millis_since(lap.last_end);
        self.free_at.insert(session_id, gap_ends);
    }
}

/// What busy sessions came to.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Provider calls.
    pub calls: u64,
    /// Virtual time from the first call to the end of the last, in milliseconds.
    pub span_ms: i64,
    /// How much of the time between its first and last call the slowest session spent on what its gaps and its provider
    /// demand, in 1/100 of a percent.
    pub worst: i64,
    /// The same, of all sessions together.
    pub overall: i64,
}

/// How long something waited.
#[derive(Clone, Debug, Default)]
pub struct Waits(Vec<i64>);

impl Waits {
    fn new(mut waits_ms: Vec<i64>) -> Self {
        waits_ms.sort_unstable();
        Self(waits_ms)
    }

    /// The wait that this many of a thousand do not exceed, in milliseconds.
    pub fn ms(&self, per_mille: usize) -> i64 {
        let place = (self.0.len() * per_mille).div_ceil(1_000).saturating_sub(1);
        self.0.get(place).copied().unwrap_or(i64::MAX)
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// A world with a day's work in it.
pub(crate) struct Load {
    pub(crate) world: World,
    pub(crate) account_id: AccountId,
    laps: Rc<RefCell<Laps>>,
}

impl Load {
    pub(crate) fn new(seed: u64) -> Self {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        let laps = Rc::<RefCell<Laps>>::default();
        world.observe(Stopwatch(Rc::clone(&laps)));
        stage::connect(&world, CONCURRENCY);
        let account_id = AccountId::new(world.now(), 1);
        Self { world, account_id, laps }
    }

    /// A session with a provider that takes as long as WAHA does.
    pub(crate) fn session(&self, pacing: Option<Pacing>) -> SessionId {
        let session_id = SessionId::new(self.world.now(), u128::from(self.world.rng().next_u64()));
        let session =
            Session::new(session_id, self.account_id, "", ProviderConfig::Sandbox, self.world.now());
        self.world.put_session(&Session { pacing, ..session });
        self.world.set_manner(session_id, Manner { call_ms: CALL_MS, ..Manner::PLAIN });
        session_id
    }

    /// Stores messages that are due at once, and sends one ticket for them.
    pub(crate) fn put(&self, session_id: SessionId, priority: Priority, rows: usize) {
        let (world, now) = (&self.world, self.world.now());
        let ids: Vec<_> = (0..rows).map(|_| row_id(world.rng(), now)).collect();
        for message_id in &ids {
            world.put_message(&row(self.account_id, session_id, *message_id, priority, now));
        }
        let Some(message_id) = ids.first().copied() else { return };
        if priority == Priority::High {
            let key = MessageKey { session_id, message_id };
            self.laps.borrow_mut().replies.insert(key, Reply { stored_at: now });
        }
        self.laps.borrow_mut().sessions.entry(session_id).or_default().asked_at = now;
        stage::announce(world, Ticket::new(session_id, priority, message_id), 0, &message_id.to_string());
    }

    fn pace(&self) -> Pace {
        let laps = self.laps.borrow();
        let busy = laps.sessions.values().filter(|lap| lap.calls > 1);
        let span = |lap: &Lap| lap.last_end.millis_since(lap.first_start.unwrap_or(lap.last_end)).max(1);
        let begin = busy.clone().filter_map(|lap| lap.first_start).min().unwrap_or_default();
        let end = busy.clone().map(|lap| lap.last_end).max().unwrap_or_default();
        let (needed, spent) =
            busy.clone().fold((0, 0), |(needed, spent), lap| (needed + lap.needed_ms, spent + span(lap)));
        Pace {
            calls: laps.sessions.values().map(|lap| lap.calls).sum(),
            span_ms: end.millis_since(begin),
            worst: busy.map(|lap| lap.needed_ms * 10_000 / span(lap)).min().unwrap_or(0),
            overall: needed * 10_000 / spent.max(1),
        }
    }
}

/// This many sessions with this many bulk messages each, with the default gaps.
pub fn busy_sessions(seed: u64, sessions: usize, rows: usize) -> Pace {
    let load = Load::new(seed);
    for _ in 0..sessions {
        let session_id = load.session(None);
        load.put(session_id, Priority::Bulk, rows);
    }
    load.world.run_until(World::BEGINNING.plus_millis(30 * 24 * 3600 * 1000));
    let pace = load.pace();
    load.world.close();
    pace
}

/// One session with this many bulk messages, and small sessions that begin at the same time: how long each waits for its
/// first send.
pub fn small_beside_large(seed: u64, rows: usize, small: usize) -> Waits {
    let load = Load::new(seed);
    let large = load.session(None);
    load.put(large, Priority::Bulk, rows);
    let sessions: Vec<SessionId> = (0..small).map(|_| load.session(None)).collect();
    for session_id in &sessions {
        let pause_ms = load.world.rng().between(0, 2_000);
        load.world.run_for(pause_ms);
        load.put(*session_id, Priority::Bulk, 10);
    }
    load.world.run_for(60_000);
    let laps = load.laps.borrow();
    let waits = sessions.iter().map(|session_id| {
        let lap = laps.sessions.get(session_id).copied().unwrap_or_default();
        lap.first_start.map_or(i64::MAX, |start| start.millis_since(lap.asked_at))
    });
    let waits = Waits::new(waits.collect());
    drop(laps);
    load.world.close();
    waits
}

/// Replies on a session with this many bulk messages: how long each waits beyond the send in progress and the gap.
pub fn replies_on_busy_session(seed: u64, rows: usize, replies: usize) -> Waits {
    let load = Load::new(seed);
    let session_id = load.session(None);
    load.put(session_id, Priority::Bulk, rows);
    for _ in 0..replies {
        let pause_ms = load.world.rng().between(1_000, 60_000);
        load.world.run_for(pause_ms);
        load.put(session_id, Priority::High, 1);
    }
    load.world.run_for(120_000);
    let waits = Waits::new(std::mem::take(&mut load.laps.borrow_mut().waits_ms));
    load.world.close();
    waits
}
