//! Functions that no queue runs: those of a schedule, and the reader of the messages table's stream.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use domain::sending::watch::Change;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;

use crate::World;
use crate::caller::{Caller, Role};
use crate::event::{Ending, Event};
use crate::executor::LocalFuture;

/// How often a function runs.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The time from one run to the next, in milliseconds.
    pub period_ms: i64,
    /// How late a run may start, in milliseconds.
    pub late_ms: i64,
    /// Time-out of the function, in milliseconds.
    pub timeout_ms: i64,
}

/// Switches a function off and on.
#[derive(Clone, Debug, Default)]
pub struct Switch(Rc<Cell<bool>>);

impl Switch {
    /// From now on it does not run.
    pub fn off(&self) {
        self.0.set(true);
    }

    /// From now on it runs again.
    pub fn on(&self) {
        self.0.set(false);
    }

    fn is_off(&self) -> bool {
        self.0.get()
    }
}

type Run<T> = Box<dyn Fn(Caller, T) -> LocalFuture<bool>>;

/// A function that runs by a schedule.
struct Scheduled {
    world: World,
    schedule: Schedule,
    until: Timestamp,
    switch: Switch,
    is_needed: fn(&World) -> bool,
    run: Run<Timestamp>,
}

impl World {
    /// Runs a function by a schedule until a time. It is told when it must end, by its own clock.
    pub fn run_each<F>(
        &self,
        schedule: Schedule,
        until: Timestamp,
        run: impl Fn(Caller, Timestamp) -> F + 'static,
    ) -> Switch
    where
        F: Future<Output = bool> + 'static,
    {
        self.run_each_if(schedule, until, |_| true, run)
    }

    /// The same, leaving out the runs that would find nothing to do, so that long runs of the world take no longer for them.
    pub fn run_each_if<F>(
        &self,
        schedule: Schedule,
        until: Timestamp,
        is_needed: fn(&Self) -> bool,
        run: impl Fn(Caller, Timestamp) -> F + 'static,
    ) -> Switch
    where
        F: Future<Output = bool> + 'static,
    {
        let run: Run<Timestamp> = Box::new(move |caller, deadline| Box::pin(run(caller, deadline)));
        let (world, switch) = (self.clone(), Switch::default());
        let scheduled = Scheduled { world, schedule, until, switch: switch.clone(), is_needed, run };
        Rc::new(scheduled).tick();
        switch
    }

    /// Runs a function with the batches of the messages table's stream.
    pub fn read_stream<F>(
        &self,
        batching: Batching,
        run: impl Fn(Caller, Vec<Change>) -> F + 'static,
    ) -> Switch
    where
        F: Future<Output = bool> + 'static,
    {
        let run: Run<Vec<Change>> = Box::new(move |caller, changes| Box::pin(run(caller, changes)));
        let (run, switch) = (Rc::new(run), Switch::default());
        let reader =
            |_| Rc::new(Shard { batching, switch: switch.clone(), run: Rc::clone(&run), ..Shard::of(self) });
        *self.stream.borrow_mut() = (0..SHARDS).map(reader).collect();
        switch
    }

    /// Deletes every message of a FIFO queue, in flight or not, as an operator does by hand.
    pub fn purge(&self, priority: Priority) {
        let number = crate::event::Source::Fifo(priority).number();
        self.fifos[number].borrow_mut().purge();
    }

    /// A row was changed: the stream takes it up.
    pub(crate) fn to_stream(&self, event: &Event) {
        let (key, waits) = match *event {
            Event::Stored(key, row) if row.place.is_some() => (key, true),
            Event::Changed(key, before, after) if before.place.is_some() || after.place.is_some() => {
                (key, after.place.is_some())
            }
            Event::Withdrawn(key) => (key, false),
            _ => return,
        };
        let shard = {
            let shards = self.stream.borrow();
            let Some(shard) = shards.get(shard_number(key.session_id)) else { return };
            Rc::clone(shard)
        };
        shard.take_up(Change { key, waits });
    }
}

impl Scheduled {
    fn tick(self: Rc<Self>) {
        if self.world.now() > self.until {
            return;
        }
        let late_ms = self.world.rng.between(0, self.schedule.late_ms);
        let (now, next) = (Rc::clone(&self), Rc::clone(&self));
        self.world.after(late_ms, move || now.start());
        self.world.after(self.schedule.period_ms, move || next.tick());
    }

    fn start(&self) {
        if self.switch.is_off() || !(self.is_needed)(&self.world) {
            return;
        }
        let caller = new_run(&self.world, self.schedule.timeout_ms);
        let deadline = caller.own_time(self.world.now().plus_millis(self.schedule.timeout_ms));
        let work = (self.run)(caller.clone(), deadline);
        let ended = caller.clone();
        let task = self.world.spawn_boxed(Box::pin(async move {
            work.await;
            ended.end(Ending::Returned);
        }));
        caller.bind(task);
    }
}

/// A run of a function that dies when its time is up.
fn new_run(world: &World, timeout_ms: i64) -> Caller {
    let caller = Caller::with(world.clone(), Role::Upkeep, world.rates());
    caller.set_deadline(world.now().plus_millis(timeout_ms));
    world.running.borrow_mut().insert(caller.worker(), caller.clone());
    let killed = caller.clone();
    world.after(timeout_ms, move || {
        killed.end(Ending::TimedOut);
    });
    caller
}

/// How the stream comes in batches.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// For so long a batch is collected, in milliseconds.
    pub window_ms: i64,
    /// How late the stream is at most, in milliseconds.
    pub late_ms: i64,
    /// Time-out of the function, in milliseconds.
    pub timeout_ms: i64,
}

/// In how many parts the stream is read, each in order.
const SHARDS: usize = 2;
/// A batch that failed comes again after this time, in milliseconds.
const AGAIN_MS: i64 = 1_000;

fn shard_number(session_id: SessionId) -> usize {
    // Another part of the id than the one by which tables are sharded.
    usize::try_from((session_id.as_uuid().as_u128() >> 8) % 2).unwrap_or(0)
}

/// A part of the stream, and its reader.
pub(crate) struct Shard {
    world: World,
    batching: Batching,
    switch: Switch,
    run: Rc<Run<Vec<Change>>>,
    changes: RefCell<Vec<Change>>,
    /// Set while a batch is collected or in hand.
    is_busy: Cell<bool>,
}

impl Shard {
    fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
            batching: Batching { window_ms: 0, late_ms: 0, timeout_ms: 0 },
            switch: Switch::default(),
            run: Rc::new(Box::new(|_, _| Box::pin(async { true }))),
            changes: RefCell::default(),
            is_busy: Cell::default(),
        }
    }

    fn take_up(self: &Rc<Self>, change: Change) {
        self.changes.borrow_mut().push(change);
        self.collect();
    }

    fn collect(self: &Rc<Self>) {
        if self.changes.borrow().is_empty() || self.is_busy.replace(true) {
            return;
        }
        let late_ms = self.world.rng.between(0, self.batching.late_ms);
        let shard = Rc::clone(self);
        self.world.after(self.batching.window_ms + late_ms, move || shard.deliver());
    }

    fn deliver(self: &Rc<Self>) {
        if self.switch.is_off() {
            let shard = Rc::clone(self);
            self.world.after(AGAIN_MS, move || shard.deliver());
            return;
        }
        let batch = self.changes.borrow().clone();
        let caller = new_run(&self.world, self.batching.timeout_ms);
        let work = (self.run)(caller.clone(), batch.clone());
        let mut hand = Hand { shard: Rc::clone(self), count: batch.len(), is_done: false };
        let ended = caller.clone();
        let task = self.world.spawn_boxed(Box::pin(async move {
            hand.is_done = work.await;
            ended.end(Ending::Returned);
            drop(hand);
        }));
        caller.bind(task);
    }
}

/// A batch in hand. When it is not done, it comes again, however its run ended.
struct Hand {
    shard: Rc<Shard>,
    count: usize,
    is_done: bool,
}

impl Drop for Hand {
    fn drop(&mut self) {
        let shard = Rc::clone(&self.shard);
        if self.is_done {
            shard.changes.borrow_mut().drain(..self.count);
            shard.is_busy.set(false);
            shard.collect();
        } else {
            shard.world.clone().after(AGAIN_MS, move || shard.deliver());
        }
    }
}
