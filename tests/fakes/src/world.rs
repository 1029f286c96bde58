//! The world: one clock, one source of chance, the tables and queues, and everything that happens.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use domain::values::time::Timestamp;

use crate::accounts::AccountTable;
use crate::caller::Caller;
use crate::campaigns::CampaignTable;
use crate::chores::ChoreTable;
use crate::due::DueTable;
use crate::event::{CallId, Ending, Event, Fault, Observer, TraceHasher, Worker};
use crate::executor::{Action, Executor, LocalFuture, TaskId};
use crate::faults::{Latency, Rates, Sabotage, Sabotages};
use crate::fifo::Fifo;
use crate::files::FileTable;
use crate::listing::Listing;
use crate::mapping::Mapping;
use crate::message_table::MessageTable;
use crate::provider::Manners;
use crate::rng::Rng;
use crate::session_table::SessionTable;
use crate::standard::Standard;
use crate::upkeep::Shard;
use crate::watched::WatchedTable;

/// A deterministic world. Cheap to clone; all clones are the same world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

/// Shows an event to a person.
pub type Printer = fn(Timestamp, &Event);

/// What a world is made of. The fields are for the fakes; tests use the methods.
pub struct Inner {
    now: Cell<i64>,
    pub(crate) rng: Rng,
    pub(crate) executor: Executor,
    pub(crate) latency: Cell<Latency>,
    pub(crate) rates: Cell<Rates>,
    pub(crate) sabotage: Cell<Sabotages>,
    pub(crate) messages: RefCell<MessageTable>,
    pub(crate) sessions: RefCell<SessionTable>,
    pub(crate) accounts: RefCell<AccountTable>,
    pub(crate) campaigns: RefCell<CampaignTable>,
    pub(crate) listing: RefCell<Listing>,
    pub(crate) files: RefCell<FileTable>,
    pub(crate) steps: RefCell<Standard>,
    pub(crate) manners: RefCell<Manners>,
    pub(crate) fifos: [RefCell<Fifo>; 3],
    pub(crate) timer: RefCell<Standard>,
    pub(crate) chores: RefCell<ChoreTable>,
    pub(crate) chore_steps: RefCell<Standard>,
    pub(crate) due: RefCell<DueTable>,
    pub(crate) watched: RefCell<WatchedTable>,
    /// The readers of the messages table's stream.
    pub(crate) stream: RefCell<Vec<Rc<Shard>>>,
    pub(crate) mappings: RefCell<[Option<Rc<Mapping>>; 5]>,
    /// The runs that have not ended.
    pub(crate) running: RefCell<BTreeMap<Worker, Caller>>,
    /// How many batches a mapping asks its queue for at the same time.
    pub(crate) pollers: Cell<usize>,
    workers: Cell<u32>,
    calls: Cell<u64>,
    faults: [Cell<u64>; Fault::COUNT],
    pub(crate) usage: RefCell<BTreeMap<&'static str, u64>>,
    hash: Cell<u64>,
    printer: Cell<Option<Printer>>,
    observer: RefCell<Option<Box<dyn Observer>>>,
}

impl std::ops::Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl World {
    /// When every world begins: 2026-01-01T00:00:00Z.
    pub const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// A world in which everything works, and at once.
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Inner {
            now: Cell::new(Self::BEGINNING.as_millis()),
            rng: Rng::new(seed),
            executor: Executor::default(),
            latency: Cell::default(),
            rates: Cell::default(),
            sabotage: Cell::default(),
            messages: RefCell::default(),
            sessions: RefCell::default(),
            accounts: RefCell::default(),
            campaigns: RefCell::default(),
            listing: RefCell::default(),
            files: RefCell::default(),
            steps: RefCell::default(),
            manners: RefCell::default(),
            fifos: Default::default(),
            timer: RefCell::default(),
            chores: RefCell::default(),
            chore_steps: RefCell::default(),
            due: RefCell::default(),
            watched: RefCell::default(),
            stream: RefCell::default(),
            mappings: RefCell::default(),
            running: RefCell::default(),
            pollers: Cell::new(1),
            workers: Cell::default(),
            calls: Cell::default(),
            faults: Default::default(),
            usage: RefCell::default(),
            hash: Cell::new(TraceHasher::START),
            printer: Cell::default(),
            observer: RefCell::default(),
        }))
    }

    /// How long things take from now on.
    pub fn set_latency(&self, latency: Latency) {
        self.latency.set(latency);
    }

    /// How often things go wrong from now on.
    pub fn set_rates(&self, rates: Rates) {
        self.rates.set(rates);
    }

    /// How many batches each mapping asks its queue for at the same time, from now on; one at first.
    pub fn set_pollers(&self, pollers: usize) {
        self.pollers.set(pollers);
    }

    /// How often things go wrong now.
    pub fn rates(&self) -> Rates {
        self.rates.get()
    }

    /// Which rules are taken out from now on.
    pub fn set_sabotage(&self, rules: &[Sabotage]) {
        self.sabotage.set(Sabotages::of(rules));
    }

    /// Who sees everything from now on.
    pub fn observe(&self, observer: impl Observer + 'static) {
        *self.observer.borrow_mut() = Some(Box::new(observer));
    }

    /// Prints every event from now on.
    pub fn print(&self, printer: Printer) {
        self.printer.set(Some(printer));
    }

    /// True time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.get())
    }

    /// The source of chance.
    pub fn rng(&self) -> &Rng {
        &self.0.rng
    }

    /// A hash of everything that has happened so far.
    pub fn trace_hash(&self) -> u64 {
        self.hash.get()
    }

    /// How often something went wrong on purpose.
    pub fn fault_count(&self, fault: Fault) -> u64 {
        self.faults[fault as usize].get()
    }

    /// A caller of the ports that has an exact clock and meets no faults except those of the tables themselves.
    pub fn caller(&self) -> Caller {
        Caller::reliable(self.clone())
    }

    /// Whether a rule is taken out.
    pub(crate) fn without(&self, rule: Sabotage) -> bool {
        self.sabotage.get().has(rule)
    }

    pub(crate) fn next_worker(&self) -> Worker {
        self.workers.set(self.workers.get() + 1);
        Worker(self.workers.get())
    }

    pub(crate) fn next_call(&self) -> CallId {
        let id = self.calls.get();
        self.calls.set(id + 1);
        CallId(id)
    }

    /// Tells everybody what has happened, if anything has.
    pub(crate) fn tell(&self, event: Option<Event>) {
        if let Some(event) = event {
            self.emit(event);
        }
    }

    /// Tells everybody what has happened. No table may be borrowed.
    pub(crate) fn emit(&self, event: Event) {
        if let Event::Fault(fault, _) = event {
            let count = &self.faults[fault as usize];
            count.set(count.get() + 1);
        }
        self.hash.set(TraceHasher::after(self.hash.get(), self.now.get(), &event));
        if let Some(print) = self.printer.get() {
            print(self.now(), &event);
        }
        if let Some(observer) = self.observer.borrow_mut().as_mut() {
            observer.on_event(self, &event);
        }
        self.to_stream(&event);
    }

    /// Starts a task.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) -> TaskId {
        self.executor.spawn(Box::pin(future))
    }

    /// Starts a task that is boxed already.
    pub(crate) fn spawn_boxed(&self, future: LocalFuture<()>) -> TaskId {
        self.executor.spawn(future)
    }

    /// Does something after a while.
    pub fn after(&self, millis: i64, action: impl FnOnce() + 'static) {
        self.schedule(millis, Action::Run(Box::new(action)));
    }

    pub(crate) fn schedule(&self, millis: i64, action: Action) {
        self.executor.at(self.now.get() + millis.max(0), &self.0.rng, action);
    }

    /// Waits. Zero and less is no wait at all.
    pub async fn sleep(&self, millis: i64) {
        let until = self.now.get() + millis;
        let mut scheduled = false;
        std::future::poll_fn(|context| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            if !scheduled {
                scheduled = true;
                self.executor.at(until, &self.0.rng, Action::Wake(context.waker().clone()));
            }
            Poll::Pending
        })
        .await;
    }

    /// Lets everything run until nothing is left to happen, or until then; `true` when nothing is left.
    pub fn run_until(&self, end: Timestamp) -> bool {
        loop {
            while self.executor.run_one(&self.0.rng) {}
            match self.executor.next_at() {
                None => return true,
                Some(at) if at > end.as_millis() => {
                    self.now.set(end.as_millis().max(self.now.get()));
                    return false;
                }
                Some(_) => self.step(),
            }
        }
    }

    /// Lets everything run for this many milliseconds.
    pub fn run_for(&self, millis: i64) {
        let end = self.now().plus_millis(millis);
        self.run_until(end);
        self.now.set(end.as_millis());
    }

    /// Runs a future to its end, and the world at the same time.
    ///
    /// # Panics
    /// When nothing is left to happen and the future still waits.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        loop {
            if flag.0.swap(false, Ordering::Relaxed)
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return output;
            }
            if flag.0.load(Ordering::Relaxed) || self.executor.run_one(&self.0.rng) {
                continue;
            }
            assert!(self.executor.next_at().is_some(), "the future waits for something that never happens");
            self.step();
        }
    }

    /// Lets a worker die where it stands, if it has not ended.
    pub fn crash(&self, worker: Worker) {
        let caller = self.running.borrow().get(&worker).cloned();
        if let Some(caller) = caller {
            self.emit(Event::Fault(Fault::Crash, worker));
            caller.end(Ending::Crashed);
        }
    }

    /// Ends the world: its tasks, connections and observer hold it and would keep it forever.
    pub fn close(&self) {
        drop(self.observer.take());
        self.executor.clear();
        drop(self.mappings.take());
        drop(self.stream.take());
        drop(self.running.take());
        self.executor.clear();
    }

    /// Does the next thing on the agenda.
    fn step(&self) {
        let Some(at) = self.executor.next_at() else { return };
        self.now.set(at.max(self.now.get()));
        match self.executor.next_action() {
            Some(Action::Wake(waker)) => waker.wake(),
            Some(Action::Poke(queue)) => crate::mapping::poke(self, queue),
            Some(Action::Run(action)) => action(),
            None => {}
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("now", &self.now()).finish_non_exhaustive()
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
