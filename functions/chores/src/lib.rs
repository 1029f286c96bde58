//! Does chores: long work, step by step. The consumer of the queue `chores`.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | 1. Read the chore's row, strongly. No row: it is finished. Another number: another copy of this step has gone on. | Nothing has changed; the message comes again. |
//! | 2. Work until the time is nearly up. | What is done is done, each row by a conditional write of its own. The message comes again, and the work begins where the row says. |
//! | 3. Note in the row how far it is, under the next number, if it is still at this one; or delete it, when nothing is left. | The message comes again and ends at 1. The next step was not sent: `sweep` sends it when it is overdue. |
//! | 4. Send the next step. | The message comes again and ends at 1. |
//!
//! So a chain of steps never forks, however often a message comes and wherever a batch is killed: of all copies of a step one
//! passes 3. And it never ends too early, whatever is lost: the row stays until the work is done.

mod clear_campaign;
mod clear_session;

use domain::chores::{Chore, ChoreStep, OpenChore};
use domain::tuning::CHORE_MARGIN_MS;
use domain::values::time::Timestamp;
use shared::deps;
use shared::ports::{
    CancelMessages, ClearMessages, Clock, ControlCampaigns, FinishDeletions, ListCampaigns, PortError,
    ReadCampaigns, ReadLines, Received, RunChores, SendChoreSteps,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_queue};

use clear_campaign::clear_campaign;
use clear_session::clear_session;

deps! {
    DoingChores {
        chores: Chores: RunChores,
        steps: ChoreSteps: SendChoreSteps,
        messages: Messages: CancelMessages + ClearMessages + ReadLines,
        campaigns: Campaigns: ReadCampaigns + ListCampaigns + ControlCampaigns,
        deletions: Deletions: FinishDeletions,
        clock: Clock: Clock,
    }
}

/// What a step of a chore came to.
pub(crate) enum Progress {
    /// There is more to do, after so many seconds.
    More(Chore, u32),
    /// Nothing is left.
    Done,
}

/// Does steps of chores, and returns the ids of the messages that must come again.
pub async fn handle<W: DoingChores>(
    deps: &Deps<W>,
    batch: Vec<Received>,
    deadline: Timestamp,
) -> Vec<String> {
    let until = deadline.plus_millis(-CHORE_MARGIN_MS);
    let mut failed = Vec::new();
    for received in batch {
        if let Err(error) = serve(deps, &received, until).await {
            tracing::warn!(id = received.id, %error, "a step of a chore comes again");
            failed.push(received.id);
        }
    }
    failed
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_queue(&stack, |batch, deadline| handle(&deps, batch, deadline)).await
}

/// A message that is no step comes again until it is a dead letter: a newer version's step must not be lost.
async fn serve<W: DoingChores>(
    deps: &Deps<W>,
    received: &Received,
    until: Timestamp,
) -> Result<(), PortError> {
    let step: ChoreStep = serde_json::from_str(&received.body).map_err(|error| {
        tracing::error!(id = received.id, malformed = "chore", "left a malformed step in its queue");
        PortError::new("chores.step", error)
    })?;
    match deps.chores.open(step.subject).await? {
        Some(chore) if chore.number == step.number => go_on(deps, &chore, until).await,
        Some(_) | None => Ok(()),
    }
}

async fn go_on<W: DoingChores>(deps: &Deps<W>, seen: &OpenChore, until: Timestamp) -> Result<(), PortError> {
    match work(deps, &seen.chore, until).await? {
        Progress::Done => deps.chores.finish(seen).await.map(drop),
        Progress::More(chore, seconds) => {
            let due = deps.clock.now().plus_millis(i64::from(seconds) * 1_000);
            match deps.chores.advance(seen, &chore, due).await? {
                Some(next) => deps.steps.send(&next, seconds).await,
                None => Ok(()),
            }
        }
    }
}

async fn work<W: DoingChores>(
    deps: &Deps<W>,
    chore: &Chore,
    until: Timestamp,
) -> Result<Progress, PortError> {
    match *chore {
        Chore::ClearCampaign { account_id, campaign_id, rows, in_hand } => {
            clear_campaign(deps, (account_id, campaign_id), (rows, in_hand), until).await
        }
        Chore::ClearSession { session_id, campaigns } => {
            clear_session(deps, session_id, campaigns, until).await
        }
    }
}
