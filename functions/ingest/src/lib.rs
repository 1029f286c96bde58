//! Ingestion: the consumer of the queue `ingest`.
//!
//! Two kinds of messages come in. The bucket tells of a file that has arrived: it is prepared, as the other ways do it at
//! once. A step stores one segment of a campaign and sends the next; the last one lets the campaign go and sends a ticket.
//! Everything may be done twice, and side by side: rows are stored by conditional writes under ids that follow from their
//! campaign, and how far a campaign is, it says itself.

#![allow(async_fn_in_trait)]

mod announce;
mod event;
mod rows;
mod step;
mod upload;

use domain::message::Retention;
use domain::values::time::Timestamp;
use shared::announce::Announce;
use shared::ports::{
    AcceptMessages, Clock, PortError, ReadCampaigns, ReadFiles, Received, SendLater, SendSteps,
    WriteCampaigns, WriteFiles,
};

use event::{Event, event};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<M, C, B, Q, T, L, K> {
    /// The table of messages.
    pub messages: M,
    /// The table of campaigns.
    pub campaigns: C,
    /// The files of campaigns.
    pub files: B,
    /// The queue of ingestion.
    pub steps: Q,
    /// What tells a session of its campaign: at once, or when that begins.
    pub announcer: T,
    /// The timer queue, for clearing a cancelled campaign.
    pub timer: L,
    /// Time.
    pub clock: K,
    /// How long a message is kept from its end.
    pub retention: Retention,
}

/// Ingests, and returns the ids of the messages that must come again.
pub async fn handle<M, C, B, Q, T, L, K>(
    deps: &Deps<M, C, B, Q, T, L, K>,
    batch: Vec<Received>,
    deadline: Timestamp,
) -> Vec<String>
where
    M: AcceptMessages,
    C: ReadCampaigns + WriteCampaigns,
    B: ReadFiles + WriteFiles,
    Q: SendSteps,
    T: Announce,
    L: SendLater,
    K: Clock,
{
    let mut failed = Vec::new();
    for received in batch {
        if let Err(error) = serve(deps, &received, deadline).await {
            tracing::warn!(id = received.id, %error, "an ingestion comes again");
            failed.push(received.id);
        }
    }
    failed
}

async fn serve<M, C, B, Q, T, L, K>(
    deps: &Deps<M, C, B, Q, T, L, K>,
    received: &Received,
    deadline: Timestamp,
) -> Result<(), PortError>
where
    M: AcceptMessages,
    C: ReadCampaigns + WriteCampaigns,
    B: ReadFiles + WriteFiles,
    Q: SendSteps,
    T: Announce,
    L: SendLater,
    K: Clock,
{
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
            tracing::error!(id = received.id, malformed = "ingest", "dropped a malformed ingestion");
            Ok(())
        }
    }
}
