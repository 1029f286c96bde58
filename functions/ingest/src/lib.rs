//! Ingestion: the consumer of the queue `ingest`.
//!
//! Two kinds of messages come in. The bucket tells of a file that has arrived: it is prepared, as the other ways do it at
//! once. A step stores one segment of a campaign and sends the next; the last one releases the campaign and sends a ticket.
//! Everything may be done twice, and side by side: rows are stored by conditional writes under ids that follow from their
//! campaign, and how far a campaign is, it says itself.

mod announce;
mod event;
mod rows;
mod step;
mod upload;

use domain::message::Retention;
use domain::values::time::Timestamp;
use shared::announce::Announce;
use shared::deps;
use shared::ports::{
    AcceptMessages, BeginChores, Clock, CreateCampaigns, DiscardUploads, NoteIngestion, PortError,
    ReadCampaigns, ReadFiles, Received, SendChoreSteps, SendSteps, WriteFiles,
};

use event::{Event, event};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_queue};

deps! {
    Ingesting {
        messages: Messages: AcceptMessages,
        campaigns: Campaigns: ReadCampaigns + CreateCampaigns + NoteIngestion,
        files: Files: ReadFiles + WriteFiles + DiscardUploads,
        steps: Steps: SendSteps,
        announcer: Announcer: Announce,
        chores: Chores: BeginChores,
        chore_steps: ChoreSteps: SendChoreSteps,
        clock: Clock: Clock;
        retention: Retention,
    }
}

/// Ingests, and returns the ids of the messages that must come again.
pub async fn handle<W: Ingesting>(deps: &Deps<W>, batch: Vec<Received>, deadline: Timestamp) -> Vec<String> {
    let mut failed = Vec::new();
    for received in batch {
        if let Err(error) = serve(deps, &received, deadline).await {
            tracing::warn!(id = received.id, %error, "an ingestion comes again");
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

async fn serve<W: Ingesting>(
    deps: &Deps<W>,
    received: &Received,
    deadline: Timestamp,
) -> Result<(), PortError> {
    match event(&deps.files, &received.body) {
        // On the heap: these are the two large parts of the function, and the compiler gives up on all of it in one.
        Event::Step(step) => Box::pin(step::run(deps, step, &received.id, deadline)).await,
        Event::Uploads(files) => {
            for file in files {
                Box::pin(upload::run(deps, file)).await?;
            }
            Ok(())
        }
        Event::Test => Ok(()),
        Event::Malformed => {
            // It comes again until it is a dead letter: a newer version's step must not be lost.
            tracing::error!(
                id = received.id,
                malformed = "ingest",
                "left a malformed ingestion in its queue"
            );
            Err(PortError::new("ingest.event", "neither a step nor an upload"))
        }
    }
}
