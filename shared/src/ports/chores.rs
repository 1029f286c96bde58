//! Long work that is done in steps: its rows, and the queue of its steps.

use domain::chores::{Chore, ChoreStep, OpenChore, Subject};
use domain::values::time::Timestamp;

use super::PortError;

/// Beginning chores.
pub trait BeginChores {
    /// Opens a chore whose first step is to arrive at `due`; returns that step, which is still to be sent.
    ///
    /// One that is open already goes on where it is, with a new step that is due when its current one is: so it cannot be
    /// finished by a step that saw less than its caller knows, and no caller puts it off.
    async fn begin(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError>;

    /// The same, but one that is open already starts over.
    async fn start_over(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError>;
}

/// Going through the steps of a chore.
pub trait RunChores {
    /// A chore that is open. Strongly consistent.
    async fn open(&self, subject: Subject) -> Result<Option<OpenChore>, PortError>;

    /// Notes how far a chore is after its current step; the next step, which is due then and still to be sent. `None` when
    /// another has taken the current step meanwhile, who goes on.
    async fn advance(
        &self,
        seen: &OpenChore,
        chore: &Chore,
        due: Timestamp,
    ) -> Result<Option<ChoreStep>, PortError>;

    /// Ends a chore after its current step; `false` when another has taken that step meanwhile.
    async fn finish(&self, seen: &OpenChore) -> Result<bool, PortError>;
}

/// Looking for chores that stand still.
pub trait SweepChores {
    /// At most `limit` open chores. Strongly consistent.
    async fn open_chores(&self, limit: usize) -> Result<Vec<OpenChore>, PortError>;

    /// Notes that the current step was sent again and is due then.
    async fn postpone(&self, seen: &OpenChore, due: Timestamp) -> Result<(), PortError>;
}

/// Sending steps of chores.
pub trait SendChoreSteps {
    /// Delivers a step after so many seconds (at most 900). It arrives at least once.
    async fn send(&self, step: &ChoreStep, seconds: u32) -> Result<(), PortError>;
}
