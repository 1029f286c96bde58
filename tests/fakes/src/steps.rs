//! The queue of ingestion.

use domain::campaign::ingest::IngestStep;
use shared::ports::{PortError, Received, SendSteps};

use crate::World;
use crate::caller::{Caller, Kind};

/// The queue of ingestion, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Steps {
    caller: Caller,
}

impl Caller {
    /// The queue of ingestion.
    pub fn steps(&self) -> Steps {
        Steps { caller: self.clone() }
    }
}

impl World {
    /// Puts a message into the queue of ingestion.
    pub fn put_step(&self, body: String) {
        let now = self.now().as_millis();
        self.steps.borrow_mut().send(body, now, now);
    }

    /// Takes a message out of the queue of ingestion, and hides it for this many milliseconds.
    pub fn take_step(&self, visibility_ms: i64) -> Option<Received> {
        self.steps.borrow_mut().receive(1, visibility_ms, self.now().as_millis(), self.rng()).pop()
    }

    /// Deletes a message of the queue of ingestion.
    pub fn delete_step(&self, handle: &str) {
        self.steps.borrow_mut().delete(handle);
    }

    /// How many messages there are in the queue of ingestion.
    pub fn step_count(&self) -> usize {
        self.steps.borrow().len()
    }
}

impl SendSteps for Steps {
    async fn send(&self, step: &IngestStep) -> Result<(), PortError> {
        let operation = "steps.send";
        let body =
            serde_json::to_string(step).map_err(|error| PortError::new(operation, error.to_string()))?;
        let send = move |world: &World| {
            world.put_step(body.clone());
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, send).await
    }
}
