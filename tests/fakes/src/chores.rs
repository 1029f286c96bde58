//! Chores: their rows, and the queue of their steps.

use std::collections::BTreeMap;

use domain::chores::{Chore, ChoreStep, OpenChore, Subject};
use domain::values::time::Timestamp;
use shared::ports::{BeginChores, PortError, RunChores, SendChoreSteps, SweepChores};

use crate::World;
use crate::caller::{Caller, Kind, Role};
use crate::event::{Event, Source};
use crate::executor::Action;
use crate::faults::Sabotage;
use crate::standard::DELAY_MAX_S;

/// The rows.
#[derive(Default)]
pub(crate) struct ChoreTable {
    rows: BTreeMap<Subject, OpenChore>,
}

/// The rows of chores, as one caller sees them.
#[derive(Clone, Debug)]
pub struct Chores {
    caller: Caller,
}

/// The queue of the steps of chores, as one caller sees it.
#[derive(Clone, Debug)]
pub struct ChoreSteps {
    caller: Caller,
}

impl Caller {
    /// The rows of chores.
    pub fn chores(&self) -> Chores {
        Chores { caller: self.clone() }
    }

    /// The queue of the steps of chores.
    pub fn chore_steps(&self) -> ChoreSteps {
        ChoreSteps { caller: self.clone() }
    }
}

impl World {
    /// How many chores are open.
    pub fn open_chores(&self) -> usize {
        self.chores.borrow().rows.len()
    }

    /// How many steps of chores are in their queue.
    pub fn chore_steps_queued(&self) -> usize {
        self.chore_steps.borrow().len()
    }

    /// Deletes all steps of chores that are in their queue.
    pub fn purge_chore_steps(&self) {
        self.chore_steps.take();
    }

    fn next_step(&self, chore: &Chore, due: Timestamp, starts_over: bool) -> ChoreStep {
        let mut table = self.chores.borrow_mut();
        let subject = chore.subject();
        let before = u64::try_from(due.as_millis()).unwrap_or(0);
        let new = OpenChore { chore: chore.clone(), number: before, due };
        let row = table.rows.entry(subject).or_insert(new);
        if starts_over {
            (row.chore, row.due) = (chore.clone(), due);
        }
        row.number += 1;
        row.step()
    }

    /// Changes a row that is still at the step that was seen.
    fn at_step<T>(&self, seen: &OpenChore, change: impl FnOnce(&mut OpenChore) -> T) -> Option<T> {
        let mut table = self.chores.borrow_mut();
        let row = table.rows.get_mut(&seen.chore.subject())?;
        (row.number == seen.number).then(|| change(row))
    }
}

impl Chores {
    async fn put(
        &self,
        operation: &'static str,
        chore: &Chore,
        due: Timestamp,
        starts_over: bool,
    ) -> Result<ChoreStep, PortError> {
        let chore = chore.clone();
        let is_unnoted = self.caller.world().without(Sabotage::NoChoreRow) && self.caller.role() == Role::Api;
        let put = move |world: &World| {
            if is_unnoted {
                return Ok(ChoreStep { subject: chore.subject(), number: 0 });
            }
            Ok(world.next_step(&chore, due, starts_over))
        };
        self.caller.call(Kind::Write, operation, put).await
    }
}

impl BeginChores for Chores {
    async fn begin(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError> {
        self.put("chores.begin", chore, due, false).await
    }

    async fn start_over(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError> {
        self.put("chores.start_over", chore, due, true).await
    }
}

impl RunChores for Chores {
    async fn open(&self, subject: Subject) -> Result<Option<OpenChore>, PortError> {
        let look = move |world: &World| Ok(world.chores.borrow().rows.get(&subject).cloned());
        self.caller.call(Kind::Read, "chores.open", look).await
    }

    async fn advance(
        &self,
        seen: &OpenChore,
        chore: &Chore,
        due: Timestamp,
    ) -> Result<Option<ChoreStep>, PortError> {
        // Without numbers every copy of a step seems to be the current one.
        let number = seen.number + u64::from(!self.caller.world().without(Sabotage::ChoresFork));
        let (seen, next) = (seen.clone(), OpenChore { chore: chore.clone(), number, due });
        let advance = move |world: &World| {
            let is_done = world.at_step(&seen, |row| *row = next.clone()).is_some();
            let is_copy = world.chores.borrow().rows.get(&next.chore.subject()) == Some(&next);
            Ok((is_done || is_copy).then(|| next.step()))
        };
        self.caller.call(Kind::Write, "chores.advance", advance).await
    }

    async fn finish(&self, seen: &OpenChore) -> Result<bool, PortError> {
        let seen = seen.clone();
        let finish = move |world: &World| {
            let is_ours = world.at_step(&seen, |_| ()).is_some();
            if is_ours {
                world.chores.borrow_mut().rows.remove(&seen.chore.subject());
            }
            Ok(is_ours)
        };
        self.caller.call(Kind::Write, "chores.finish", finish).await
    }
}

impl SweepChores for Chores {
    async fn open_chores(&self, limit: usize) -> Result<Vec<OpenChore>, PortError> {
        let look =
            move |world: &World| Ok(world.chores.borrow().rows.values().take(limit).cloned().collect());
        self.caller.call(Kind::Read, "chores.open_chores", look).await
    }

    async fn postpone(&self, seen: &OpenChore, due: Timestamp) -> Result<(), PortError> {
        let seen = seen.clone();
        let postpone = move |world: &World| {
            world.at_step(&seen, |row| row.due = due);
            Ok(())
        };
        self.caller.call(Kind::Write, "chores.postpone", postpone).await
    }
}

impl SendChoreSteps for ChoreSteps {
    async fn send(&self, step: &ChoreStep, seconds: u32) -> Result<(), PortError> {
        let operation = "chores.send";
        if seconds > DELAY_MAX_S {
            return Err(PortError::new(operation, "longer than 900 s"));
        }
        let body = serde_json::to_string(step).map_err(|error| PortError::new(operation, error))?;
        let subject = step.subject;
        let send = move |world: &World| {
            let (now, millis) = (world.now().as_millis(), i64::from(seconds) * 1000);
            world.chore_steps.borrow_mut().send(body.clone(), now, now + millis);
            world.emit(Event::ChoreStepSent(subject));
            world.schedule(millis, Action::Poke(Source::Chores.number()));
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, send).await
    }
}
