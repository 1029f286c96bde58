//! Sends what waits: the consumer of the three FIFO queues.
//!
//! A ticket says that a session has work. [`handle`] takes a batch of them ([`batch`]), and serves their sessions side by
//! side. For each it goes through the steps of [`round`], which sends at most one message and decides what becomes of the
//! ticket; each step has a module of its name. What is true when the process dies after any of them is written down in
//! `docs/DISPATCH.md`.

mod batch;
mod call;
mod campaign;
mod claim;
mod contacts;
mod gate;
mod inspect;
mod lease;
mod line;
mod load;
mod record;
mod recovery;
mod release;
mod round;
mod survey;
mod ticket;

use domain::sending::pacing::Pacing;
use domain::session::Session;
use shared::deps;
use shared::ports::{
    BeginChores, Clock, ControlCampaigns, DeleteTickets, DispatchMessages, Entropy, HideTickets, KeepWakeUps,
    KnowContacts, LeaseSessions, Provider, ReadCampaigns, ReadLines, ReadSessions, SendLater,
};

pub use batch::handle;

#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_queue};

deps! {
    Dispatching {
        messages: Messages: DispatchMessages + ReadLines,
        sessions: Sessions: ReadSessions + LeaseSessions,
        campaigns: Campaigns: ReadCampaigns + ControlCampaigns,
        contacts: Contacts: KnowContacts,
        tickets: Tickets: HideTickets + DeleteTickets,
        timer: Timer: SendLater,
        due: Due: KeepWakeUps,
        chores: Chores: BeginChores,
        provider: Providers: Provider,
        clock: Clock: Clock,
        entropy: Entropy: Entropy;
        default_pacing: Pacing,
    }
}

impl<W: Dispatching> Deps<W> {
    /// The range from which a session's gaps are drawn.
    fn pacing(&self, session: &Session) -> Pacing {
        session.pacing.unwrap_or(self.default_pacing)
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_queue(&stack, |batch, deadline| handle(&deps, batch, deadline)).await
}
