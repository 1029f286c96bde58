//! Sends what waits: the consumer of the three FIFO queues.
//!
//! A ticket says that a session has work. [`handle`] takes a batch of them, serves their sessions side by side
//! ([`worker`]), sends at most one message for each ([`turn`]), and decides what becomes of every ticket.
//! What is true when the process dies after any step is written down in `docs/DISPATCH.md`.

#![allow(async_fn_in_trait)]

mod batch;
mod contacts;
mod recovery;
mod survey;
mod turn;
mod worker;

use domain::sending::pacing::Pacing;
use domain::session::Session;
use shared::ports::{
    Clock, ControlCampaigns, DispatchCampaigns, DispatchMessages, Entropy, HideTickets, KeepWakeUps,
    KnowContacts, LeaseSessions, Provider, SendLater,
};

pub use batch::handle;

/// All that the dispatcher may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<M, S, G, N, H, T, D, P, C, E> {
    /// The table of messages.
    pub messages: M,
    /// The table of sessions.
    pub sessions: S,
    /// The table of campaigns.
    pub campaigns: G,
    /// The contacts.
    pub contacts: N,
    /// The FIFO queues.
    pub tickets: H,
    /// The timer queue.
    pub timer: T,
    /// The table of wake-ups that lie too far ahead for the timer.
    pub due: D,
    /// The providers.
    pub provider: P,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// The pacing of sessions that have none of their own.
    pub default_pacing: Pacing,
}

/// The ports of the dispatcher, as one bound.
pub trait World {
    /// The table of messages.
    type Messages: DispatchMessages;
    /// The table of sessions.
    type Sessions: LeaseSessions;
    /// The table of campaigns.
    type Campaigns: DispatchCampaigns + ControlCampaigns;
    /// The contacts.
    type Contacts: KnowContacts;
    /// The FIFO queues.
    type Tickets: HideTickets;
    /// The timer queue.
    type Timer: SendLater;
    /// The table of wake-ups.
    type Due: KeepWakeUps;
    /// The providers.
    type Provider: Provider;
    /// Time.
    type Clock: Clock;
    /// Randomness.
    type Entropy: Entropy;

    /// The ports.
    fn ports(&self) -> &PortsOf<Self>;

    /// The range from which a session's gaps are drawn.
    fn pacing(&self, session: &Session) -> Pacing {
        session.pacing.unwrap_or(self.ports().default_pacing)
    }
}

/// The ports of a [`World`].
pub type PortsOf<W> = Deps<
    <W as World>::Messages,
    <W as World>::Sessions,
    <W as World>::Campaigns,
    <W as World>::Contacts,
    <W as World>::Tickets,
    <W as World>::Timer,
    <W as World>::Due,
    <W as World>::Provider,
    <W as World>::Clock,
    <W as World>::Entropy,
>;

impl<M, S, G, N, H, T, D, P, C, E> World for Deps<M, S, G, N, H, T, D, P, C, E>
where
    M: DispatchMessages,
    S: LeaseSessions,
    G: DispatchCampaigns + ControlCampaigns,
    N: KnowContacts,
    H: HideTickets,
    T: SendLater,
    D: KeepWakeUps,
    P: Provider,
    C: Clock,
    E: Entropy,
{
    type Messages = M;
    type Sessions = S;
    type Campaigns = G;
    type Contacts = N;
    type Tickets = H;
    type Timer = T;
    type Due = D;
    type Provider = P;
    type Clock = C;
    type Entropy = E;

    fn ports(&self) -> &Self {
        self
    }
}
