//! What a message uses of AWS, and what that costs: every call is counted where the ports are called, in virtual time.
//!
//! Prices are the list prices of us-east-1 for arm64, on demand, without any free tier.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use domain::campaign::Campaign;
use domain::sending::ticket::Ticket;
use domain::values::ids::{AccountId, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Event, Observer, Source, Worker, World, queue_requests, units};

use crate::campaigns::campaign;
use crate::load::Load;
use crate::run::{contact, row};
use crate::stage;

/// Dollars for a million requests of the HTTP API.
const HTTP_API: f64 = 1.0;
/// Dollars for a million invocations.
const INVOCATIONS: f64 = 0.20;
/// Dollars for a million GB-seconds.
const GB_SECONDS: f64 = 13.3334;
/// Dollars for a million requests of a FIFO queue; a standard queue's 0.40 is not told apart.
const QUEUE: f64 = 0.50;
/// Dollars for a million write units.
const WRITES: f64 = 0.625;
/// Dollars for a million read units.
const READS: f64 = 0.125;
/// Dollars for a GB of logs.
const LOGS: f64 = 0.50;
/// Bytes of the log line of a request, and of a provider call; JSON with ids, by eye.
const REQUEST_LOG_BYTES: f64 = 350.0;
const CALL_LOG_BYTES: f64 = 550.0;
/// Memory of dispatch and wake, and of functions behind the API, in GB, as in `template.yaml`.
const WORKER_GB: f64 = 0.125;
const API_GB: f64 = 0.25;

/// What one way of sending uses, for each message.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Which way.
    pub name: &'static str,
    /// Requests of the HTTP API.
    pub requests: f64,
    /// Invocations of all functions.
    pub invocations: f64,
    /// GB-seconds of all functions, with the provider's time.
    pub gb_seconds: f64,
    /// Requests of SQS.
    pub queue: f64,
    /// Write units of the tables.
    pub writes: f64,
    /// Read units of the tables.
    pub reads: f64,
    /// Bytes of logs.
    pub log_bytes: f64,
}

impl Cost {
    /// Dollars for a million messages.
    pub fn dollars(&self) -> f64 {
        self.requests * HTTP_API
            + self.invocations * INVOCATIONS
            + self.gb_seconds * GB_SECONDS
            + self.queue * QUEUE
            + self.writes * WRITES
            + self.reads * READS
            + self.log_bytes * LOGS / 1_000.0
    }
}

/// The head of a table of [`Cost`]s.
pub const HEAD: &str = "| way | API requests | invocations | GB-seconds | SQS requests | write units | read units | log bytes | $ a million |\n|---|---|---|---|---|---|---|---|---|";

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {:.2} | {:.2} | {:.3} | {:.2} | {:.2} | {:.2} | {:.0} | {:.2} |",
            self.name,
            self.requests,
            self.invocations,
            self.gb_seconds,
            self.queue,
            self.writes,
            self.reads,
            self.log_bytes,
            self.dollars()
        )
    }
}

/// How long the functions behind the queues ran.
#[derive(Debug, Default)]
struct Runs {
    started: BTreeMap<Worker, Timestamp>,
    count: u64,
    total_ms: i64,
}

struct Clock(Rc<RefCell<Runs>>);

impl Observer for Clock {
    fn on_event(&mut self, world: &World, event: &Event) {
        let runs = &mut *self.0.borrow_mut();
        match *event {
            Event::Started(worker, Source::Fifo(_) | Source::Timer) => {
                runs.count += 1;
                runs.started.insert(worker, world.now());
            }
            Event::Ended(worker, _) => {
                if let Some(started) = runs.started.remove(&worker) {
                    runs.total_ms += world.now().millis_since(started);
                }
            }
            _ => {}
        }
    }
}

/// A day of virtual time, enough for every scenario here.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// All ways of sending, each with this many messages.
pub fn all(messages: usize) -> Vec<Cost> {
    vec![
        singles("single, its session free", messages, 1, Priority::Normal),
        singles("single, ten at once on a session", messages, 10, Priority::Normal),
        campaigns("campaign of 1000", messages / 1_000, 1_000),
    ]
}

/// Messages through the API, `burst` at once for each session.
fn singles(name: &'static str, messages: usize, burst: usize, priority: Priority) -> Cost {
    let load = Load::new(1);
    let runs = Rc::<RefCell<Runs>>::default();
    load.world.observe(Clock(Rc::clone(&runs)));
    let api_ms = Rc::new(RefCell::new(0));
    for _ in 0..messages / burst {
        let session_id = load.session(None);
        for _ in 0..burst {
            request(&load.world, load.account_id, session_id, priority, &api_ms);
        }
        load.world.run_for(2_000);
    }
    load.world.run_until(load.world.now().plus_millis(DAY_MS));
    let mut cost = counted(name, &load.world, &runs.borrow(), messages);
    let each = |sum: i64| f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / of(messages);
    cost.requests = 1.0;
    cost.invocations += 1.0;
    cost.gb_seconds += each(*api_ms.borrow()) / 1_000.0 * API_GB;
    // The front of the API, which the simulation leaves out: one counter, one look-up of the API key.
    cost.writes += 1.0;
    cost.reads += 1.0;
    cost.log_bytes += REQUEST_LOG_BYTES;
    load.world.close();
    cost
}

fn request(
    world: &World,
    account: AccountId,
    session: SessionId,
    priority: Priority,
    api_ms: &Rc<RefCell<i64>>,
) {
    let (caller, api_ms, begin) = (world.caller(), Rc::clone(api_ms), world.now());
    caller.clone().spawn(async move {
        stage::send(&caller, account, session, priority, &contact(0), 0).await;
        *api_ms.borrow_mut() += caller.world().now().millis_since(begin);
    });
}

/// Campaigns of this many rows, which are stored already: their storing is counted by the API of campaigns.
fn campaigns(name: &'static str, sessions: usize, rows: u32) -> Cost {
    let load = Load::new(1);
    let runs = Rc::<RefCell<Runs>>::default();
    load.world.observe(Clock(Rc::clone(&runs)));
    for _ in 0..sessions {
        let campaign = campaign(&load.world, load.account_id, load.session(None), rows, None);
        start(&load.world, &Campaign { ingested_at: Some(load.world.now()), ..campaign });
    }
    load.world.run_until(load.world.now().plus_millis(DAY_MS));
    let mut cost = counted(name, &load.world, &runs.borrow(), sessions * rows as usize);
    // A row, its place in line, its entry in the index by account.
    cost.writes += 3.0;
    load.world.close();
    cost
}

/// Stores a campaign that is ready to be sent, and sends its ticket.
fn start(world: &World, campaign: &Campaign) {
    let Campaign { account_id, session_id, campaign_id, created_at, .. } = *campaign;
    world.put_campaign(campaign);
    for number in 1..=campaign.total {
        let message_id = campaign_id.message(number);
        world.put_message(&row(account_id, session_id, message_id, Priority::Bulk, created_at));
    }
    let message_id = campaign_id.message(1);
    let ticket = Ticket::new(session_id, Priority::Bulk, message_id);
    stage::announce(world, ticket, 0, &message_id.to_string());
}

fn counted(name: &'static str, world: &World, runs: &Runs, messages: usize) -> Cost {
    let each = |sum: u64| f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / of(messages);
    let usage = world.usage();
    let sum = |what: fn(&str, u64) -> u64| usage.iter().map(|(name, calls)| what(name, *calls)).sum();
    let milliseconds = u64::try_from(runs.total_ms).unwrap_or(0);
    Cost {
        name,
        requests: 0.0,
        invocations: each(runs.count),
        gb_seconds: each(milliseconds) / 1_000.0 * WORKER_GB,
        queue: each(sum(queue_requests)),
        writes: each(sum(|name, calls| calls * units(name).map_or(0, |units| u64::from(units.writes)))),
        reads: each(sum(|name, calls| calls * units(name).map_or(0, |units| u64::from(units.half_reads))))
            / 2.0,
        log_bytes: CALL_LOG_BYTES,
    }
}

fn of(messages: usize) -> f64 {
    f64::from(u32::try_from(messages).unwrap_or(u32::MAX).max(1))
}
