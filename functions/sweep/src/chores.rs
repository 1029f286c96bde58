//! Sends the lost steps of chores again.

use domain::chores::OpenChore;
use domain::tuning::{CHORE_AGAIN_MS, CHORE_LATE_MS, CHORES_SWEPT};
use shared::ports::{Clock, PortError, SendChoreSteps, SweepChores};

use crate::{Deps, Sweeping};

/// Looks at the open chores, and sends the current step of each that is long overdue.
///
/// A step that was not lost but is only late is thereby doubled. Of the two one goes on, and the other ends.
///
/// # Errors
/// When a table or the queue fails. The next sweep begins anew.
pub async fn sweep<W: Sweeping>(deps: &Deps<W>) -> Result<(), PortError> {
    let now = deps.clock.now();
    let open = deps.chores.open_chores(CHORES_SWEPT).await?;
    for chore in open.iter().filter(|chore| now.millis_since(chore.due) >= CHORE_LATE_MS) {
        send_again(deps, chore).await?;
    }
    Ok(())
}

async fn send_again<W: Sweeping>(deps: &Deps<W>, chore: &OpenChore) -> Result<(), PortError> {
    let now = deps.clock.now();
    let step = chore.step();
    let overdue_ms = now.millis_since(chore.due);
    tracing::warn!(subject = %step.subject, number = step.number, overdue_ms, "sent a step of a chore again");
    // First the note: when that fails nothing is sent, and the next sweep tries again. When this dies after it, the step
    // comes some minutes later.
    deps.chores.postpone(chore, now.plus_millis(CHORE_AGAIN_MS - CHORE_LATE_MS)).await?;
    deps.chore_steps.send(&step, 0).await
}
