//! How much work messages are: the ways in which tickets once multiplied, at lengths from minutes to days.
//!
//! Nothing goes wrong in them but what a scenario is about, providers take 50 to 900 ms, and each mapping has several pollers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use domain::sending::allowance::{QuietHours, SendingLimits};
use domain::session::{ProviderConfig, Session};
use domain::values::ids::{AccountId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Event, Latency, Manner, Observer, Sabotage, Source, World};

use crate::checker::end::CALM;
use crate::checker::{Checker, Terms};
use crate::promise::Violation;
use crate::run::contact;
use crate::scenario::gap_of;
use crate::stage;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// With so many executions AWS begins to read a standard queue.
const FIRST_EXECUTIONS: usize = 5;
/// So many batches are asked for at a time.
const POLLERS: usize = 100;
/// As `template.yaml` has it for normal messages.
const CONCURRENCY: usize = 200;

/// What a scenario came to.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Messages that were accepted.
    pub messages: u64,
    /// Provider calls.
    pub calls: u64,
    /// Runs of dispatch.
    pub runs: u64,
    /// Runs of dispatch in each hour.
    pub runs_by_hour: Vec<u64>,
    /// Requests of SQS.
    pub requests: u64,
    /// Units of the tables.
    pub units: u64,
    /// Most tickets that were in all queues together at the end of an hour.
    pub tickets: usize,
    /// How late the messages were that are watched, sorted; one that was not sent counts as late for ever.
    pub late_ms: Vec<i64>,
    /// When each message's first call started, the earliest first.
    pub started: Vec<Timestamp>,
    /// Broken promises.
    pub violations: Vec<Violation>,
}

impl Work {
    /// How late the latest of the watched messages was, in milliseconds.
    pub fn latest_ms(&self) -> i64 {
        self.late_ms.last().copied().unwrap_or(0)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, calls, runs, requests, units, tickets, violations, .. } = self;
        let late = |per_cent: usize| {
            self.late_ms.get((self.late_ms.len() * per_cent / 100).min(self.late_ms.len().saturating_sub(1)))
        };
        write!(
            f,
            "{messages} messages, {calls} calls, {runs} runs of dispatch (by hour {:?}), {requests} requests of SQS, {units} table \
             units, at most {tickets} tickets; late p50 {:?} p99 {:?} max {:?} ms; {} violations",
            self.runs_by_hour,
            late(50),
            late(99),
            late(100),
            violations.len()
        )
    }
}

#[derive(Default)]
struct Seen {
    runs: u64,
    calls: u64,
    started: BTreeMap<MessageKey, Timestamp>,
}

struct Watch {
    seen: Rc<RefCell<Seen>>,
    checker: Rc<RefCell<Checker>>,
}

impl Observer for Watch {
    fn on_event(&mut self, world: &World, event: &Event) {
        crate::checker::Eye(Rc::clone(&self.checker)).on_event(world, event);
        let seen = &mut *self.seen.borrow_mut();
        match *event {
            Event::Started(_, Source::Fifo(_)) => seen.runs += 1,
            Event::CallStarted(_, key, ..) => {
                seen.calls += 1;
                seen.started.entry(key).or_insert_with(|| world.now());
            }
            _ => {}
        }
    }
}

/// A world in which work is counted.
struct Scene {
    world: World,
    account_id: AccountId,
    seen: Rc<RefCell<Seen>>,
    checker: Rc<RefCell<Checker>>,
    accepted: Rc<RefCell<BTreeMap<MessageKey, Timestamp>>>,
    runs_by_hour: Vec<u64>,
    tickets: usize,
}

impl Scene {
    fn new(concurrency: usize, sabotage: &[Sabotage]) -> Self {
        let world = World::new(1);
        world.set_latency(Latency::USUAL);
        world.set_pollers(POLLERS);
        world.set_sabotage(sabotage);
        let checker = Rc::new(RefCell::new(Checker::new(Terms { skew_ms: 0, overtime_ms: 0 })));
        let seen = Rc::<RefCell<Seen>>::default();
        world.observe(Watch { seen: Rc::clone(&seen), checker: Rc::clone(&checker) });
        stage::connect(&world, concurrency);
        let account_id = AccountId::new(world.now(), 1);
        Self {
            world,
            account_id,
            seen,
            checker,
            accepted: Rc::default(),
            runs_by_hour: Vec::new(),
            tickets: 0,
        }
    }

    fn session(&self, manner: Manner, limits: Option<SendingLimits>) -> SessionId {
        let now = self.world.now();
        let session_id = SessionId::new(now, u128::from(self.world.rng().next_u64()));
        let plain = Session::new(session_id, self.account_id, "", ProviderConfig::Sandbox, now);
        let session = Session { limits, ..plain };
        let manner = Manner { call_ms: (50, 900), ..manner };
        self.checker.borrow_mut().add_session(&session, gap_of(&session), &manner);
        self.world.put_session(&session);
        self.world.set_manner(session_id, manner);
        session_id
    }

    fn plain_session(&self) -> SessionId {
        self.session(Manner::PLAIN, None)
    }

    /// Sends a message through the API, due in so many milliseconds.
    fn send(&self, session_id: SessionId, priority: Priority, delay_ms: i64) {
        let due = self.world.now().plus_millis(delay_ms);
        let (caller, account_id) = (self.world.caller(), self.account_id);
        let (accepted, checker) = (Rc::clone(&self.accepted), Rc::clone(&self.checker));
        let to = contact(self.world.rng().next_u64());
        caller.clone().spawn(async move {
            let key = stage::send(&caller, account_id, session_id, priority, &to, delay_ms).await;
            if let Some(key) = key {
                accepted.borrow_mut().insert(key, due);
                checker.borrow_mut().accepted(caller.world(), key);
            }
        });
    }

    /// Lets time go by, and keeps count by the hour.
    fn run_for(&mut self, millis: i64) {
        let end = self.world.now().plus_millis(millis);
        while self.world.now() < end {
            let of_hour = self.world.now().millis_since(World::BEGINNING) % HOUR_MS;
            self.world.run_for((HOUR_MS - of_hour).min(end.millis_since(self.world.now())));
            if self.world.now().millis_since(World::BEGINNING) % HOUR_MS == 0 {
                self.runs_by_hour.push(self.seen.borrow().runs - self.runs_by_hour.iter().sum::<u64>());
                self.tickets = self.tickets.max(self.world.queued());
            }
        }
        self.tickets = self.tickets.max(self.world.queued());
    }

    /// What it came to, `watched` being the sessions whose lateness counts.
    fn work(self, watched: impl Fn(SessionId) -> bool) -> Work {
        self.checker.borrow_mut().check_work(&self.world, CALM);
        let (seen, accepted) = (self.seen.borrow(), self.accepted.borrow());
        let late = accepted.iter().filter(|(key, _)| watched(key.session_id));
        let late = late.map(|(key, due)| seen.started.get(key).map_or(i64::MAX, |at| at.millis_since(*due)));
        let mut late_ms: Vec<i64> = late.collect();
        late_ms.sort_unstable();
        let mut started: Vec<Timestamp> = seen.started.values().copied().collect();
        started.sort_unstable();
        let work = Work {
            messages: u64::try_from(accepted.len()).unwrap_or(0),
            calls: seen.calls,
            runs: seen.runs,
            runs_by_hour: self.runs_by_hour.clone(),
            requests: self.world.queue_requests(),
            units: self.world.table_units(),
            tickets: self.tickets,
            late_ms,
            started,
            violations: std::mem::take(&mut self.checker.borrow_mut().violations),
        };
        self.world.close();
        work
    }
}

/// A message each minute for so many hours, each scheduled two minutes ahead.
pub fn steady(hours: i64, priority: Priority, sabotage: &[Sabotage]) -> Work {
    let mut scene = Scene::new(CONCURRENCY, sabotage);
    let session_id = scene.plain_session();
    for _ in 0..hours * 60 {
        scene.send(session_id, priority, 2 * MINUTE_MS);
        scene.run_for(MINUTE_MS);
    }
    scene.run_for(3 * MINUTE_MS);
    scene.work(|_| true)
}

/// A message at once each minute, and each ten minutes one that is scheduled twelve minutes ahead.
pub fn mixed(hours: i64, sabotage: &[Sabotage]) -> Work {
    let mut scene = Scene::new(CONCURRENCY, sabotage);
    let session_id = scene.plain_session();
    for minute in 0..hours * 60 {
        scene.send(session_id, Priority::Normal, 0);
        if minute % 10 == 0 {
            scene.send(session_id, Priority::Normal, 12 * MINUTE_MS);
        }
        scene.run_for(MINUTE_MS);
    }
    scene.run_for(15 * MINUTE_MS);
    scene.work(|_| false)
}

/// A provider that is down for so many hours while so many messages wait in its session. Other sessions have a message each ten
/// seconds, scheduled 20 s ahead: how late these are counts.
pub fn hold(waiting: usize, hours: i64, priority: Priority, sabotage: &[Sabotage]) -> Work {
    let mut scene = Scene::new(50, sabotage);
    let from = scene.world.now();
    let outages = vec![(from, from.plus_millis(hours * HOUR_MS))];
    let held = scene.session(Manner { outages, ..Manner::PLAIN }, None);
    for _ in 0..waiting {
        scene.send(held, priority, 0);
    }
    for _ in 0..hours * 360 {
        let other = scene.plain_session();
        scene.send(other, Priority::Normal, 20 * SECOND_MS);
        scene.run_for(10 * SECOND_MS);
    }
    scene.run_for(MINUTE_MS);
    scene.work(|session_id| session_id != held)
}

/// A message that waits through so many hours of a dead server: with nothing beside it, what its probes cost.
pub fn dead_server(hours: i64) -> Work {
    let mut scene = Scene::new(CONCURRENCY, &[]);
    let from = scene.world.now();
    let outages = vec![(from, from.plus_millis(hours * HOUR_MS))];
    let held = scene.session(Manner { outages, ..Manner::PLAIN }, None);
    scene.send(held, Priority::Normal, 0);
    scene.run_for(hours * HOUR_MS);
    scene.work(|_| false)
}

/// So many messages that wait through a night of ten quiet hours. How long after its end the first goes counts.
pub fn night(waiting: usize) -> Work {
    let mut scene = Scene::new(CONCURRENCY, &[]);
    let end = World::BEGINNING.plus_millis(11 * HOUR_MS);
    stage::connect_promote(&scene.world, end.plus_millis(HOUR_MS));
    let quiet_hours =
        "01:00".parse().ok().zip("11:00".parse().ok()).map(|(from, to)| QuietHours { from, to });
    let limits = SendingLimits { quiet_hours, ..SendingLimits::default() };
    scene.run_for(HOUR_MS + MINUTE_MS);
    let quiet = scene.session(Manner::PLAIN, Some(limits));
    for _ in 0..waiting {
        scene.send(quiet, Priority::Normal, 0);
        scene.run_for(SECOND_MS);
    }
    let left = end.millis_since(scene.world.now());
    scene.run_for(left + MINUTE_MS);
    let mut work = scene.work(|_| true);
    let first = work.started.first().copied().map_or(i64::MAX, |at| at.millis_since(end));
    work.late_ms = vec![first];
    work
}

/// A session to which far more messages are sent than it can send on, so many each second; then twenty others send one each, and
/// how late those are counts.
pub fn window(waiting: usize, each_second: usize, priority: Priority, sabotage: &[Sabotage]) -> Work {
    let mut scene = Scene::new(CONCURRENCY, sabotage);
    let large = scene.plain_session();
    for number in 1..=waiting {
        scene.send(large, priority, 0);
        if number % each_second == 0 {
            scene.run_for(SECOND_MS);
        }
    }
    let others: Vec<SessionId> = (0..20).map(|_| scene.plain_session()).collect();
    for other in &others {
        scene.send(*other, priority, 0);
    }
    scene.run_for(MINUTE_MS);
    scene.work(|session_id| session_id != large)
}

/// So many sessions with a reply for the same second.
pub fn burst(sessions: usize) -> Work {
    let mut scene = Scene::new(FIRST_EXECUTIONS, &[]);
    let all: Vec<SessionId> = (0..sessions).map(|_| scene.plain_session()).collect();
    let due = scene.world.now().plus_millis(MINUTE_MS);
    for session_id in all {
        scene.send(session_id, Priority::High, due.millis_since(scene.world.now()));
        scene.run_for(10);
    }
    scene.run_for(2 * MINUTE_MS);
    scene.work(|_| true)
}
