//! One run: a scenario on its stage, watched by the checker.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::message::{Content, Message, NewMessage, Retention};
use domain::sending::ticket::Ticket;
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use domain::values::phone::PhoneNumber;
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use fakes::{Caller, Event, Fault, Observer, Rates, Role, Sabotage, World};

use crate::campaigns::Orders;
use crate::checker::end::{SLOW, TROUBLED};
use crate::checker::{Checker, Counts, DayCount, Eye, SharedChecker, Terms};
use crate::promise::Violation;
use crate::scenario::{CancelAt, Scenario, Step, Upkeep, gap_of, row_id};
use crate::stage;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every promise that was not kept.
    pub violations: Vec<Violation>,
    /// What was done.
    pub counts: Counts,
    /// How often each kind of fault was.
    pub faults: [u64; Fault::COUNT],
    /// The messages that were accepted.
    pub accepted: BTreeSet<MessageKey>,
    /// Hash of all that happened.
    pub trace_hash: u64,
    /// How long class 1 messages waited beyond need, in milliseconds, where that was checked strictly.
    pub reply_waits: Vec<i64>,
    /// Where in its range each gap lay, 0 to 999.
    pub gap_places: Vec<i64>,
    /// What went out of sessions with limits, by session and day in its time zone.
    pub days: BTreeMap<(SessionId, i64), DayCount>,
}

/// A run in progress. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) scenario: Rc<Scenario>,
    pub(crate) checker: SharedChecker,
    /// Cancels that wait for their moment.
    ambushes: Rc<RefCell<BTreeMap<MessageKey, CancelAt>>>,
    /// Sessions in which a reply comes right after the next look.
    overtakes: Rc<RefCell<BTreeMap<SessionId, bool>>>,
    /// Messages whose sender dies.
    fatal: Rc<RefCell<BTreeSet<MessageKey>>>,
    /// Decisions about campaigns that wait for their moment.
    pub(crate) orders: Rc<RefCell<Orders>>,
}

/// Runs the scenario of a seed.
pub fn run_seed(seed: u64, sabotage: &[Sabotage]) -> Outcome {
    const ABOUT_DAYS: [Sabotage; 3] =
        [Sabotage::NoTally, Sabotage::RecoveryUncounted, Sabotage::ContactsUnasked];
    let scenario = Scenario::of_seed(seed);
    let needs_days = sabotage.is_empty() || sabotage.iter().any(|rule| ABOUT_DAYS.contains(rule));
    run(seed, if needs_days { scenario } else { scenario.without_days() }, sabotage, |_| ())
}

/// Runs a scenario; `prepare` may still change its world.
pub fn run(seed: u64, scenario: Scenario, sabotage: &[Sabotage], prepare: impl FnOnce(&World)) -> Outcome {
    let world = World::new(seed);
    world.set_latency(scenario.latency);
    world.set_rates(scenario.rates);
    world.set_sabotage(sabotage);
    if sabotage.contains(&Sabotage::StaleSurvey) {
        world.keep_history();
    }
    prepare(&world);
    let terms = Terms {
        skew_ms: scenario.rates.skew_ms,
        overtime_ms: if scenario.rates.overtime > 0 { 300 } else { 0 },
    };
    let run = Run {
        world: world.clone(),
        scenario: Rc::new(scenario),
        checker: Rc::new(RefCell::new(Checker::new(terms))),
        ambushes: Rc::default(),
        overtakes: Rc::default(),
        fatal: Rc::default(),
        orders: Rc::default(),
    };
    run.set_up();
    run.go();
    run.outcome()
}

impl Run {
    fn set_up(&self) {
        for actor in &self.scenario.actors {
            let (session, manner) = (&actor.session, actor.manner.clone());
            self.checker.borrow_mut().add_session(session, gap_of(session), &manner);
            self.world.put_session(session);
            self.world.set_manner(session.session_id, manner);
        }
        self.world.observe(Watch { run: self.clone(), eye: Eye(Rc::clone(&self.checker)) });
        stage::connect(&self.world, self.scenario.concurrency);
        let end = World::BEGINNING.plus_millis(self.scenario.end_ms);
        match self.scenario.upkeep {
            Upkeep::All => drop(stage::connect_upkeep(&self.world, end, 0)),
            Upkeep::Promote => stage::connect_promote(&self.world, end),
            Upkeep::Prepared => {}
        }
        if !matches!(self.scenario.upkeep, Upkeep::All) && self.scenario.has_chores() {
            stage::connect_chores_sweep(&self.world, end);
        }
        for (at_ms, step) in &self.scenario.steps {
            let (run, step) = (self.clone(), step.clone());
            self.world.after(*at_ms, move || run.take(&step));
        }
    }

    fn go(&self) {
        let begin = World::BEGINNING;
        if self.world.run_until(begin.plus_millis(self.scenario.faults_end_ms)) {
            return;
        }
        self.world.set_rates(Rates { skew_ms: self.scenario.rates.skew_ms, ..Rates::default() });
        self.world.run_until(begin.plus_millis(self.scenario.end_ms));
    }

    fn outcome(&self) -> Outcome {
        let mut checker = self.checker.borrow_mut();
        checker.finish(&self.world);
        let is_calm = Fault::ALL.iter().all(|fault| self.world.fault_count(*fault) == 0);
        checker.check_work(&self.world, if is_calm { SLOW } else { TROUBLED });
        let outcome = Outcome {
            violations: std::mem::take(&mut checker.violations),
            counts: checker.counts,
            faults: Fault::ALL.map(|fault| self.world.fault_count(fault)),
            accepted: checker.accepted_keys(),
            trace_hash: self.world.trace_hash(),
            reply_waits: std::mem::take(&mut checker.reply_waits),
            gap_places: std::mem::take(&mut checker.gap_places),
            days: std::mem::take(&mut checker.days),
        };
        drop(checker);
        self.world.close();
        outcome
    }

    fn session_id(&self, number: usize) -> SessionId {
        self.scenario.actors[number].session.session_id
    }

    fn take(&self, step: &Step) {
        match *step {
            Step::Send { session, priority, delay_ms, cancel } => {
                self.send(self.session_id(session), priority, delay_ms, cancel);
            }
            Step::Campaign { session, rows, tickets } => {
                self.campaign(self.session_id(session), rows, tickets);
            }
            Step::Stray { session, priority } => {
                let message_id = row_id(self.world.rng(), self.world.now());
                let ticket = Ticket::new(self.session_id(session), priority, message_id);
                stage::announce(&self.world, ticket, 0, &message_id.to_string());
            }
            Step::Controlled { session, rows, pacing, ingest_ms, ref orders } => {
                self.controlled(self.session_id(session), rows, pacing, ingest_ms, orders);
            }
            Step::Delete { session } => {
                let (account_id, session_id) = (self.scenario.account_id, self.session_id(session));
                let caller = self.api_caller(session_id);
                caller.clone().spawn(async move {
                    let _ = stage::delete(&caller, account_id, session_id).await;
                });
            }
            Step::Resume { session } => {
                let (account_id, session_id) = (self.scenario.account_id, self.session_id(session));
                let caller = self.api_caller(session_id);
                caller.clone().spawn(async move {
                    let _ = stage::resume(&caller, account_id, session_id).await;
                });
            }
            Step::Overtake { session, is_fatal } => {
                self.overtakes.borrow_mut().insert(self.session_id(session), is_fatal);
            }
            Step::Spoil { session } => self.spoil(self.session_id(session)),
            Step::Garbage { session } => {
                let session_id = self.session_id(session);
                let message_id = row_id(self.world.rng(), self.world.now());
                let ticket = Ticket::new(session_id, Priority::Normal, message_id);
                self.world.send_ticket(&ticket, &message_id.to_string(), "{\"what\":1}".to_owned());
                self.world.set_timer("{}".to_owned(), 1_000);
                self.checker.borrow_mut().spoilt_queues(&self.world, session_id);
            }
        }
    }

    /// A caller of the API, which may fail like any function.
    pub(crate) fn api_caller(&self, session_id: SessionId) -> Caller {
        let caller = Caller::with(self.world.clone(), Role::Api, self.world.rates());
        self.checker.borrow_mut().note_worker(caller.worker(), session_id);
        caller
    }

    fn send(&self, session_id: SessionId, priority: Priority, delay_ms: i64, cancel: Option<CancelAt>) {
        let (run, caller) = (self.clone(), self.api_caller(session_id));
        let account_id = self.scenario.account_id;
        let to = contact(self.world.rng().next_u64() % ACQUAINTANCES);
        caller.clone().spawn(async move {
            let accepted = stage::send(&caller, account_id, session_id, priority, &to, delay_ms).await;
            if let Some(key) = accepted {
                run.checker.borrow_mut().accepted(&run.world, key);
                run.plan_cancel(key, cancel);
            }
        });
    }

    fn plan_cancel(&self, key: MessageKey, cancel: Option<CancelAt>) {
        match cancel {
            None => {}
            Some(CancelAt::After(millis)) => {
                let run = self.clone();
                self.world.after(millis, move || run.cancel(key));
            }
            Some(moment) => drop(self.ambushes.borrow_mut().insert(key, moment)),
        }
    }

    fn cancel(&self, key: MessageKey) {
        let (run, caller) = (self.clone(), self.api_caller(key.session_id));
        let account_id = self.scenario.account_id;
        caller.clone().spawn(async move {
            if stage::cancel(&caller, account_id, key.message_id).await {
                run.checker.borrow_mut().cancelled(&run.world, key);
            }
        });
    }

    fn campaign(&self, session_id: SessionId, rows: usize, tickets: usize) {
        let (world, rng) = (&self.world, self.world.rng());
        for number in 0..rows.max(tickets) {
            let message_id = row_id(rng, world.now());
            if number < rows {
                self.put(session_id, message_id, Priority::Bulk);
            }
            if number < tickets {
                let ticket = Ticket::new(session_id, Priority::Bulk, message_id);
                stage::announce(world, ticket, 0, &message_id.to_string());
            }
        }
    }

    /// Stores a message without the API.
    pub(crate) fn put(&self, session_id: SessionId, message_id: MessageId, priority: Priority) {
        self.world.put_message(&row(
            self.scenario.account_id,
            session_id,
            message_id,
            priority,
            self.world.now(),
        ));
        self.checker.borrow_mut().accepted(&self.world, MessageKey { session_id, message_id });
    }

    fn overtake(&self, session_id: SessionId, is_fatal: bool) {
        let message_id = row_id(self.world.rng(), self.world.now());
        if is_fatal {
            self.fatal.borrow_mut().insert(MessageKey { session_id, message_id });
        }
        self.put(session_id, message_id, Priority::High);
        let ticket = Ticket::new(session_id, Priority::High, message_id);
        stage::announce(&self.world, ticket, 0, &message_id.to_string());
    }

    fn spoil(&self, session_id: SessionId) {
        let waiting = self.world.messages_of(session_id).into_iter().find(|row| row.status == Status::Queued);
        if let Some(row) = waiting {
            self.checker.borrow_mut().spoilt(row.key());
            self.world.corrupt(row.key());
        }
    }

    /// Lets replies come whose moment this is.
    fn spring_overtakes(&self, event: &Event) {
        if let Event::Surveyed(_, session_id) = *event
            && let Some(is_fatal) = self.overtakes.borrow_mut().remove(&session_id)
        {
            let run = self.clone();
            self.world.after(0, move || run.overtake(session_id, is_fatal));
        }
        if let Event::CallStarted(_, key, worker, _) = *event
            && self.fatal.borrow_mut().remove(&key)
        {
            let world = self.world.clone();
            self.world.after(10, move || world.crash(worker));
        }
    }

    /// Springs the cancels whose moment this is.
    fn ambush(&self, event: &Event) {
        let (session_id, message_id, moment) = match *event {
            Event::Surveyed(_, session_id) => (session_id, None, CancelAt::Survey),
            Event::Leased(session_id, ..) => (session_id, None, CancelAt::Lease),
            Event::CallStarted(_, key, ..) => (key.session_id, Some(key.message_id), CancelAt::Call),
            Event::Changed(key, _, after) if after.status == Status::Sending => {
                (key.session_id, Some(key.message_id), CancelAt::Claim)
            }
            Event::Changed(key, before, after)
                if before.status == Status::Sending && after.status == Status::Queued =>
            {
                (key.session_id, Some(key.message_id), CancelAt::Requeue)
            }
            _ => return,
        };
        let is_meant = |key: &MessageKey, at: CancelAt| {
            key.session_id == session_id && at == moment && message_id.is_none_or(|id| key.message_id == id)
        };
        let mut ambushes = self.ambushes.borrow_mut();
        let sprung: Vec<MessageKey> =
            ambushes.iter().filter(|(key, at)| is_meant(key, **at)).map(|(key, _)| *key).collect();
        for key in sprung {
            ambushes.remove(&key);
            let run = self.clone();
            self.world.after(0, move || run.cancel(key));
        }
    }
}

/// A message that is due at once.
pub fn row(
    account_id: AccountId,
    session_id: SessionId,
    message_id: MessageId,
    priority: Priority,
    now: Timestamp,
) -> Message {
    Message::queued(NewMessage {
        session_id,
        message_id,
        account_id,
        to: recipient(message_id).into(),
        content: Content { text: None, ..Content::text("") },
        priority,
        scheduled_at: None,
        created_at: now,
        retention: Retention::default(),
    })
}

/// How many contacts all messages except those of campaigns are exchanged with.
const ACQUAINTANCES: u64 = 6;

/// The recipient of a message: each row of a campaign has another one, all other messages share a few.
fn recipient(message_id: MessageId) -> PhoneNumber {
    let number = u64::try_from(message_id.as_uuid().as_u128() & 0xffff_ffff_ffff).unwrap_or(0);
    contact(if CampaignId::of(message_id).is_some() {
        ACQUAINTANCES + number
    } else {
        number % ACQUAINTANCES
    })
}

/// One of many contacts.
///
/// # Panics
/// Never: the number is right.
pub fn contact(number: u64) -> PhoneNumber {
    #[expect(clippy::unwrap_used, reason = "a number that is right")]
    PhoneNumber::parse(&format!("1650{:07}", number % 10_000_000)).unwrap()
}

/// Lets the checker see every event, and the ambushes too.
struct Watch {
    run: Run,
    eye: Eye,
}

impl Observer for Watch {
    fn on_event(&mut self, world: &World, event: &Event) {
        self.eye.on_event(world, event);
        self.run.spring_overtakes(event);
        self.run.spring_orders(event);
        if !self.run.ambushes.borrow().is_empty() {
            self.run.ambush(event);
        }
    }
}
