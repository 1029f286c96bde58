//! The queues from their other side, for tests that take messages out by hand instead of connecting a function.

use domain::values::priority::Priority;
use shared::ports::Received;

use crate::World;
use crate::event::Source;

/// Most messages that one receive gives.
const BATCH: usize = 10;

impl World {
    /// Takes up to ten tickets out of a queue, and hides them for this many milliseconds.
    pub fn take_tickets(&self, priority: Priority, visibility_ms: i64) -> Vec<Received> {
        let mut queue = self.fifos[Source::Fifo(priority).number()].borrow_mut();
        let batch = queue.receive(BATCH, visibility_ms, self.now().as_millis(), self.rng());
        batch.records.into_iter().map(|(_, received)| received).collect()
    }

    /// Deletes a ticket that is in flight; `false` when the handle is no longer good.
    pub fn delete_ticket(&self, priority: Priority, handle: &str) -> bool {
        let mut queue = self.fifos[Source::Fifo(priority).number()].borrow_mut();
        queue.delete(handle, self.now().as_millis())
    }

    /// Takes up to ten messages out of the timer that are due, and hides them for this many milliseconds.
    pub fn take_due(&self, visibility_ms: i64) -> Vec<Received> {
        self.timer.borrow_mut().receive(BATCH, visibility_ms, self.now().as_millis(), self.rng())
    }
}
