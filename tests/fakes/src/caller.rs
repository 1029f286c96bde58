//! Who calls the ports: a run of a function, with a clock of its own and faults of its own.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use domain::sending::ticket::Ticket;
use domain::values::time::Timestamp;
use shared::ports::PortError;

use crate::World;
use crate::event::{Ending, Event, Fault, Worker};
use crate::executor::TaskId;
use crate::faults::{Rates, Sabotage};

/// A caller of the ports. Cheap to clone; all clones are the same caller.
#[derive(Clone, Debug)]
pub struct Caller(Rc<Inner>);

/// What part a caller plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It answers requests.
    Api,
    /// It serves tickets.
    Dispatch,
    /// It serves the timer.
    Wake,
    /// It runs by a schedule, or reads the stream.
    Upkeep,
}

#[derive(Debug)]
struct Inner {
    world: World,
    role: Role,
    worker: Worker,
    skew_ms: i64,
    rates: Rates,
    /// Milliseconds for which it stood still without noticing ([`Sabotage::NoClockCheck`]).
    unnoticed_ms: Cell<i64>,
    task: Cell<Option<TaskId>>,
    dead: Cell<bool>,
    is_overtime: Cell<bool>,
    deadline: Cell<Option<Timestamp>>,
    put_off: RefCell<Vec<(Ticket, u32)>>,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads a table; a second copy would do nothing.
    Read,
    /// Writes a table.
    Write,
    /// Changes a queue.
    Queue,
}

/// A request on its way. When its sender dies, it may arrive nevertheless.
struct Request<F: Fn(&World) -> R + 'static, R> {
    caller: Caller,
    kind: Kind,
    effect: Option<F>,
}

impl<F: Fn(&World) -> R + 'static, R> Drop for Request<F, R> {
    fn drop(&mut self) {
        let Some(effect) = self.effect.take() else { return };
        let Inner { world, worker, rates, .. } = &*self.caller.0;
        if self.kind != Kind::Read && world.rng.chance(rates.landed) {
            let millis = arrival_ms(world);
            let (world, worker) = (world.clone(), *worker);
            world.clone().after(millis, move || {
                world.emit(Event::Fault(Fault::Landed, worker));
                drop(effect(&world));
            });
        }
    }
}

/// At once, after some seconds, or after so long that a lease has run out meanwhile.
fn arrival_ms(world: &World) -> i64 {
    let longest = *world.rng.pick(&[100, 8_000, 40_000]);
    world.rng.between(1, longest)
}

impl Caller {
    /// A caller for whom everything works.
    pub(crate) fn reliable(world: World) -> Self {
        Self::with(world, Role::Api, Rates::default())
    }

    /// A caller for whom things go wrong as often as `rates` say.
    pub fn with(world: World, role: Role, rates: Rates) -> Self {
        let skew_ms = if rates.skew_ms == 0 { 0 } else { world.rng.between(-rates.skew_ms, rates.skew_ms) };
        Self(Rc::new(Inner {
            worker: world.next_worker(),
            world,
            role,
            skew_ms,
            rates,
            unnoticed_ms: Cell::default(),
            task: Cell::default(),
            dead: Cell::default(),
            is_overtime: Cell::default(),
            deadline: Cell::default(),
            put_off: RefCell::default(),
        }))
    }

    /// The world it lives in.
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// Its number.
    pub fn worker(&self) -> Worker {
        self.0.worker
    }

    /// The time on its own clock.
    pub fn now(&self) -> Timestamp {
        self.0.world.now().plus_millis(self.0.skew_ms - self.0.unnoticed_ms.get())
    }

    /// The time on its own clock when it is `time` in truth.
    pub fn own_time(&self, time: Timestamp) -> Timestamp {
        time.plus_millis(self.0.skew_ms)
    }

    /// How often things go wrong for it.
    pub fn rates(&self) -> Rates {
        self.0.rates
    }

    /// In truth, when its function must end; none for callers without a time-out.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.0.deadline.get()
    }

    fn is_past_deadline(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline < self.0.world.now())
    }

    /// Whether its run is over.
    pub(crate) fn is_dead(&self) -> bool {
        self.0.dead.get()
    }

    pub(crate) fn set_deadline(&self, deadline: Timestamp) {
        self.0.deadline.set(Some(deadline));
    }

    /// Starts a task with which it lives and dies.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.bind(self.0.world.spawn(future));
    }

    /// Lets it run on after its time-out.
    pub(crate) fn set_overtime(&self) {
        self.0.is_overtime.set(true);
    }

    /// Makes it die with this task.
    pub(crate) fn bind(&self, task: TaskId) {
        self.0.task.set(Some(task));
    }

    /// The tickets that it wanted in the timer, and for how many seconds ([`Sabotage::TimerWaitsHide`]).
    pub fn take_put_off(&self) -> Vec<(Ticket, u32)> {
        self.0.put_off.take()
    }

    pub(crate) fn put_off(&self, ticket: Ticket, seconds: u32) {
        self.0.put_off.borrow_mut().push((ticket, seconds));
    }

    /// What part it plays.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Ends its run; `false` when it is over already.
    pub(crate) fn end(&self, ending: Ending) -> bool {
        if self.0.dead.replace(true) {
            return false;
        }
        self.0.world.running.borrow_mut().remove(&self.0.worker);
        self.0.world.emit(Event::Ended(self.0.worker, ending));
        if let Some(task) = self.0.task.get().filter(|_| ending != Ending::Returned) {
            self.0.world.executor.kill(task);
        }
        true
    }

    /// Dies here and now. Never returns, unless nothing can kill it.
    pub(crate) async fn crash(&self) {
        if self.0.task.get().is_none() {
            return;
        }
        self.0.world.emit(Event::Fault(Fault::Crash, self.0.worker));
        self.end(Ending::Crashed);
        std::future::pending::<()>().await;
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.0.world.emit(Event::Fault(fault, self.0.worker));
    }

    /// Whether something that happens in this many of [`ALWAYS`](crate::rng::ALWAYS) cases happens now.
    pub(crate) fn chance(&self, chance: u32) -> bool {
        self.0.world.rng.chance(chance)
    }

    /// Half of a call's way, seldom slow, seldom with a long stop.
    async fn way(&self, kind: Kind) {
        let Inner { world, rates, .. } = &*self.0;
        let latency = world.latency.get();
        let (min, max) = match kind {
            Kind::Read | Kind::Write => latency.table_ms,
            Kind::Queue => latency.queue_ms,
        };
        let mut millis = if max == 0 { 0 } else { (world.rng.between(min, max) + 1) / 2 };
        if self.chance(rates.slow) {
            self.fault(Fault::Slow);
            millis += world.rng.between(100, 3_000);
        }
        world.sleep(millis).await;
        if self.chance(rates.paused) {
            let limit = if self.0.task.get().is_some() { 12_000 } else { 500 };
            self.pause(limit).await;
        }
    }

    /// Stands still for a while.
    pub(crate) async fn pause(&self, limit_ms: i64) {
        let millis = self.0.world.rng.between(1, limit_ms);
        self.fault(Fault::Paused);
        self.0.world.sleep(millis).await;
        if self.is_past_deadline() && self.0.is_overtime.get() {
            self.fault(Fault::Overtime);
        }
        if self.0.world.without(Sabotage::NoClockCheck) {
            self.0.unnoticed_ms.set(self.0.unnoticed_ms.get() + millis);
        }
    }

    /// What lies between a worker's last look at its clock and the start of a provider call; `true` when it stood
    /// still there. That may take as long as the design has room for: a lease outlives a function by 5 s, if the
    /// function is ended in time.
    pub(crate) async fn before_call(&self) -> bool {
        if self.is_dead() || self.chance(self.0.rates.crash) {
            self.crash().await;
        }
        let stands_still = self.chance(self.0.rates.paused);
        if stands_still {
            self.pause(if self.0.is_overtime.get() { 300 } else { 4_500 }).await;
        }
        stands_still
    }

    /// A call of the world: there, effect, and back, with all that may go wrong.
    pub(crate) async fn call<R, F>(
        &self,
        kind: Kind,
        operation: &'static str,
        effect: F,
    ) -> Result<R, PortError>
    where
        R: 'static,
        F: Fn(&World) -> Result<R, PortError> + 'static,
    {
        self.0.world.count(operation);
        let mut request = Request { caller: self.clone(), kind, effect: Some(effect) };
        self.way(kind).await;
        let world = &self.0.world;
        if self.is_dead() || self.chance(self.0.rates.crash) {
            self.crash().await;
        }
        let rates = self.0.rates;
        let refused = if kind == Kind::Queue { rates.queue_refused } else { rates.table_refused };
        if self.chance(self.0.rates.throttled) || self.chance(refused) {
            request.effect = None;
            self.fault(Fault::Throttled);
            self.way(kind).await;
            return Err(PortError::new(operation, "throttled"));
        }
        let Some(effect) = &request.effect else { return Err(PortError::new(operation, "gone")) };
        let mut answer = effect(world);
        if kind != Kind::Read && self.chance(self.0.rates.repeated) {
            self.fault(Fault::Repeated);
            self.way(kind).await;
            answer = effect(world);
        }
        let effect = request.effect.take();
        if kind != Kind::Read && self.chance(self.0.rates.late_copy) {
            self.copy_later(effect);
        }
        if self.chance(self.0.rates.crash) {
            self.crash().await;
        }
        self.way(kind).await;
        if self.chance(self.0.rates.reply_lost) {
            self.fault(Fault::ReplyLost);
            return Err(PortError::new(operation, "the reply was lost"));
        }
        answer
    }

    fn copy_later<R: 'static>(&self, effect: Option<impl Fn(&World) -> Result<R, PortError> + 'static>) {
        let Some(effect) = effect else { return };
        let (world, worker) = (self.0.world.clone(), self.0.worker);
        let millis = arrival_ms(&world);
        world.clone().after(millis, move || {
            world.emit(Event::Fault(Fault::LateCopy, worker));
            drop(effect(&world));
        });
    }
}
