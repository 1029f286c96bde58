//! Lambda's event source mapping: takes batches from a queue, runs a function with them, and deletes what it has done.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use domain::values::time::Timestamp;
use shared::ports::Received;

use crate::World;
use crate::caller::{Caller, Role};
use crate::event::{Ending, Event, Fault, Source};
use crate::executor::{Action, LocalFuture};
use crate::faults::Sabotage;
use crate::standard::Standard;
use crate::usage::{DELETE, RECEIVE};

/// What a function is run with.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its messages.
    pub batch: Vec<Received>,
    /// When it must end, by its own clock.
    pub deadline: Timestamp,
}

/// How a queue and a function are connected.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The source of the messages.
    pub source: Source,
    /// How many messages at most for one run.
    pub batch: usize,
    /// How many runs at most at the same time.
    pub concurrency: usize,
    /// Visibility time-out of the queue, in milliseconds.
    pub visibility_ms: i64,
    /// Time-out of the function, in milliseconds.
    pub timeout_ms: i64,
}

/// A batch that comes twice does so within this time, in milliseconds.
const DOUBLED_WITHIN_MS: i64 = 20_000;
/// The deadline that a function gets when rules about its time are taken out.
const FOREVER_MS: i64 = 3_600_000;

type Handler = Box<dyn Fn(Caller, Invocation) -> LocalFuture<Vec<String>>>;

/// A queue and its function.
pub(crate) struct Mapping {
    world: World,
    connection: Connection,
    handler: Handler,
    running: Cell<usize>,
    polling: Cell<usize>,
}

impl World {
    /// Connects a queue with a function, which returns the ids of the messages that it has not done.
    pub fn connect<F>(&self, connection: Connection, handler: impl Fn(Caller, Invocation) -> F + 'static)
    where
        F: Future<Output = Vec<String>> + 'static,
    {
        let handler: Handler = Box::new(move |caller, invocation| Box::pin(handler(caller, invocation)));
        let number = connection.source.number();
        let mapping = Mapping {
            world: self.clone(),
            connection,
            handler,
            running: Cell::new(0),
            polling: Cell::new(0),
        };
        self.mappings.borrow_mut()[number] = Some(Rc::new(mapping));
        poke(self, number);
    }
}

/// Something may have become visible in this queue.
pub(crate) fn poke(world: &World, number: usize) {
    if let Some(queue) = world.fifos.get(number) {
        queue.borrow_mut().show(world.now().as_millis());
    }
    let mapping = world.mappings.borrow()[number].clone();
    if let Some(mapping) = mapping {
        mapping.poke();
    }
}

/// Frees a run's place when it ends, however it does.
struct Place(Rc<Mapping>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
        self.0.poke();
    }
}

/// A batch, and the groups of its messages.
#[derive(Clone, Default)]
struct Parcel {
    batch: Vec<Received>,
    groups: Vec<domain::values::ids::SessionId>,
}

impl Mapping {
    fn number(&self) -> usize {
        self.connection.source.number()
    }

    /// The standard queue that it takes from.
    fn standard(&self) -> &RefCell<Standard> {
        if self.connection.source == Source::Chores { &self.world.chore_steps } else { &self.world.timer }
    }

    fn has_ready(&self) -> bool {
        match self.connection.source {
            Source::Fifo(_) => self.world.fifos[self.number()].borrow().has_ready(),
            Source::Timer | Source::Chores => {
                self.standard().borrow().has_ready(self.world.now().as_millis())
            }
        }
    }

    fn poke(self: &Rc<Self>) {
        let (polling, pollers) = (self.polling.get(), self.world.pollers.get());
        let is_full = self.running.get() + polling >= self.connection.concurrency;
        if polling >= pollers || is_full || !self.has_ready() {
            return;
        }
        self.polling.set(polling + 1);
        let (min, max) = self.world.latency.get().poll_ms;
        let mapping = Rc::clone(self);
        self.world.after(self.world.rng.between(min, max), move || mapping.poll());
        if pollers > 1 {
            // The others come for what this one may leave.
            let mapping = Rc::clone(self);
            self.world.after(1, move || mapping.poke());
        }
    }

    fn poll(self: &Rc<Self>) {
        self.polling.set(self.polling.get() - 1);
        let parcel = self.receive();
        if !parcel.batch.is_empty() {
            self.world.count(RECEIVE);
            self.world.schedule(self.connection.visibility_ms, Action::Poke(self.number()));
            self.start(parcel.clone());
            if self.world.rng.chance(self.world.rates.get().doubled) {
                let mapping = Rc::clone(self);
                self.world.after(self.world.rng.between(0, DOUBLED_WITHIN_MS), move || {
                    mapping.start_again(parcel);
                });
            }
        }
        self.poke();
    }

    fn receive(&self) -> Parcel {
        let (world, now) = (&self.world, self.world.now().as_millis());
        let visibility = self.connection.visibility_ms;
        let Source::Fifo(_) = self.connection.source else {
            let mut queue = self.standard().borrow_mut();
            let dead = queue.drop_poison(self.connection.batch, now);
            let batch = queue.receive(self.connection.batch, visibility, now, &world.rng);
            drop(queue);
            (0..dead).for_each(|_| world.emit(Event::DeadLettered(self.connection.source)));
            return Parcel { batch, groups: Vec::new() };
        };
        let mut queue = world.fifos[self.number()].borrow_mut();
        let expired = queue.expire(now);
        let received = queue.receive(self.connection.batch, visibility, now, &world.rng);
        drop(queue);
        (0..expired).for_each(|_| world.emit(Event::Expired(self.connection.source)));
        (0..received.dead).for_each(|_| world.emit(Event::DeadLettered(self.connection.source)));
        let (groups, batch) = received.records.into_iter().unzip();
        Parcel { batch, groups }
    }

    fn start_again(self: &Rc<Self>, parcel: Parcel) {
        let caller = self.start(parcel);
        self.world.emit(Event::Fault(Fault::Doubled, caller.worker()));
    }

    fn start(self: &Rc<Self>, mut parcel: Parcel) -> Caller {
        let (world, rates) = (&self.world, self.world.rates.get());
        let role = match self.connection.source {
            Source::Fifo(_) => Role::Dispatch,
            Source::Timer => Role::Wake,
            Source::Chores => Role::Chores,
        };
        let caller = Caller::with(world.clone(), role, rates);
        world.emit(Event::Started(caller.worker(), self.connection.source));
        for (group, received) in parcel.groups.iter().zip(&mut parcel.batch) {
            let receives = received.delivery.receives;
            world.emit(Event::Received(caller.worker(), self.connection.source, *group, receives));
            if world.without(Sabotage::TicketsNeverWearOut) {
                received.delivery.receives = 1;
                received.delivery.sent_at = world.now();
            }
        }
        self.running.set(self.running.get() + 1);
        let place = Place(Rc::clone(self));
        caller.set_deadline(world.now().plus_millis(self.connection.timeout_ms));
        let task = world.spawn_boxed(Box::pin(run(place, caller.clone(), parcel)));
        caller.bind(task);
        world.running.borrow_mut().insert(caller.worker(), caller.clone());
        self.end_in_time(&caller, rates.overtime);
        caller
    }

    /// Kills a run when its time is up; now and then, it runs on.
    fn end_in_time(&self, caller: &Caller, overtime: u32) {
        if self.world.without(Sabotage::NoClockCheck) || self.world.rng.chance(overtime) {
            caller.set_overtime();
            return;
        }
        let caller = caller.clone();
        self.world.after(self.connection.timeout_ms, move || {
            caller.end(Ending::TimedOut);
        });
    }

    async fn acknowledge(&self, parcel: Parcel, failed: &[String]) {
        let world = &self.world;
        let (min, max) = world.latency.get().queue_ms;
        world.sleep(world.rng.between(min, max)).await;
        if parcel.batch.len() > failed.len() {
            world.count(DELETE);
        }
        for (at, received) in parcel.batch.into_iter().enumerate() {
            if failed.contains(&received.id) {
                continue;
            }
            if world.rng.chance(world.rates.get().deletion_lost) {
                world.emit(Event::Fault(Fault::DeletionLost, crate::event::Worker::default()));
                continue;
            }
            self.delete(&received, parcel.groups.get(at).copied());
        }
        poke(world, self.number());
    }

    fn delete(&self, received: &Received, group: Option<domain::values::ids::SessionId>) {
        let world = &self.world;
        let (Source::Fifo(priority), Some(group)) = (self.connection.source, group) else {
            self.standard().borrow_mut().delete(&received.handle);
            return;
        };
        let now = world.now().as_millis();
        let is_gone = world.fifos[self.number()].borrow_mut().delete(&received.handle, now);
        if is_gone {
            world.emit(Event::Acknowledged(priority, group));
        }
    }
}

/// One run, and what the mapping does after it. Without a return, it does nothing, and the messages come again.
async fn run(place: Place, caller: Caller, parcel: Parcel) {
    let mapping = Rc::clone(&place.0);
    let world = &mapping.world;
    let forever = world.without(Sabotage::NoClockCheck) || world.without(Sabotage::NoDeadlineCheck);
    let timeout_ms = if forever { FOREVER_MS } else { mapping.connection.timeout_ms };
    let deadline = caller.own_time(world.now().plus_millis(timeout_ms));
    let invocation = Invocation { batch: parcel.batch.clone(), deadline };
    let failed = (mapping.handler)(caller.clone(), invocation).await;
    let in_time = caller.deadline().is_none_or(|deadline| world.now() <= deadline);
    if caller.end(Ending::Returned) {
        drop(place);
        if in_time {
            mapping.acknowledge(parcel, &failed).await;
        }
    }
}
