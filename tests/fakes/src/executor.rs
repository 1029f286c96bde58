//! A single-threaded executor in virtual time. Which of several ready tasks goes first is drawn from the seed, and so is
//! the order of what happens in the same millisecond.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::rng::Rng;

/// A future that is owned and lives on this thread.
pub(crate) type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// A task; never the same for two tasks of one world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskId {
    slot: usize,
    generation: u64,
}

/// What happens at a later time.
pub(crate) enum Action {
    /// A task goes on.
    Wake(Waker),
    /// Messages of the queue with this number may have become visible.
    Poke(usize),
    /// Anything else.
    Run(Box<dyn FnOnce()>),
}

struct Entry {
    at: i64,
    tie: u64,
    sequence: u64,
    action: Action,
}

impl Entry {
    const fn order(&self) -> (i64, u64, u64) {
        (self.at, self.tie, self.sequence)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

type Ready = Arc<Mutex<Vec<TaskId>>>;

struct TaskWaker {
    id: TaskId,
    queued: AtomicBool,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(self.id);
        }
    }
}

struct Task {
    future: Option<LocalFuture<()>>,
    waker: Arc<TaskWaker>,
}

#[derive(Default)]
struct Slot {
    generation: u64,
    task: Option<Task>,
}

/// Tasks, and what happens when.
#[derive(Default)]
pub(crate) struct Executor {
    slots: RefCell<Vec<Slot>>,
    vacant: RefCell<Vec<usize>>,
    ready: Ready,
    agenda: RefCell<BinaryHeap<Reverse<Entry>>>,
    sequence: Cell<u64>,
}

impl Executor {
    /// Starts a task; it runs for the first time when the world goes on.
    pub(crate) fn spawn(&self, future: LocalFuture<()>) -> TaskId {
        let vacant = self.vacant.borrow_mut().pop();
        let mut slots = self.slots.borrow_mut();
        let slot = vacant.unwrap_or_else(|| {
            slots.push(Slot::default());
            slots.len() - 1
        });
        let id = TaskId { slot, generation: slots[slot].generation };
        let waker =
            Arc::new(TaskWaker { id, queued: AtomicBool::new(false), ready: Arc::clone(&self.ready) });
        waker.wake_by_ref();
        slots[slot].task = Some(Task { future: Some(future), waker });
        id
    }

    /// Ends a task where it stands. One that is just running ends at its next await.
    pub(crate) fn kill(&self, id: TaskId) {
        let ended = {
            let mut slots = self.slots.borrow_mut();
            let slot = &mut slots[id.slot];
            if slot.generation != id.generation || slot.task.is_none() {
                return;
            }
            slot.generation += 1;
            slot.task.take()
        };
        self.vacant.borrow_mut().push(id.slot);
        // Only now: what is dropped with a task may start others.
        drop(ended);
    }

    /// Puts something on the agenda.
    pub(crate) fn at(&self, at: i64, rng: &Rng, action: Action) {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        self.agenda.borrow_mut().push(Reverse(Entry { at, tie: rng.next_u64(), sequence, action }));
    }

    /// Drops everything, so that nothing holds the world any more.
    pub(crate) fn clear(&self) {
        let tasks: Vec<Task> =
            self.slots.borrow_mut().iter_mut().filter_map(|slot| slot.task.take()).collect();
        drop(tasks);
        let agenda = self.agenda.take();
        drop(agenda);
    }

    /// When the next thing on the agenda happens.
    pub(crate) fn next_at(&self) -> Option<i64> {
        self.agenda.borrow().peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next thing from the agenda.
    pub(crate) fn next_action(&self) -> Option<Action> {
        self.agenda.borrow_mut().pop().map(|Reverse(entry)| entry.action)
    }

    /// Runs one of the ready tasks until it waits; `false` when none is ready.
    pub(crate) fn run_one(&self, rng: &Rng) -> bool {
        let Some(id) = self.take_ready(rng) else { return false };
        let Some((mut future, waker)) = self.take_future(id) else { return true };
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        match polled {
            Poll::Ready(()) => {
                self.kill(id);
                drop(future);
            }
            Poll::Pending => self.put_back(id, future),
        }
        true
    }

    fn take_ready(&self, rng: &Rng) -> Option<TaskId> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        match ready.len() {
            0 => None,
            1 => ready.pop(),
            many => Some(ready.swap_remove(rng.below(many))),
        }
    }

    fn take_future(&self, id: TaskId) -> Option<(LocalFuture<()>, Waker)> {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[id.slot];
        let task = slot.task.as_mut().filter(|_| slot.generation == id.generation)?;
        task.waker.queued.store(false, Ordering::Relaxed);
        Some((task.future.take()?, Waker::from(Arc::clone(&task.waker))))
    }

    fn put_back(&self, id: TaskId, future: LocalFuture<()>) {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[id.slot];
        if slot.generation == id.generation
            && let Some(task) = &mut slot.task
        {
            task.future = Some(future);
            return;
        }
        drop(slots);
        drop(future);
    }
}
