//! Wakes a session for stored work. All tickets of new work are sent here.

use domain::sending::timer::TimerItem;
use domain::sending::wake_up::{WakeUp, Way};
use domain::values::time::Timestamp;

use crate::ports::{KeepWakeUps, PortError, SendLater, SendTickets};

/// Announces work.
pub trait Announce {
    /// Sends a ticket for work that is stored, so that it is in its queue when the work falls due: at once, through the
    /// timer, or through a row of the table `due`.
    ///
    /// The work must be stored before: a ticket that finds nothing is deleted. `now` must be fresh, or the time that has passed
    /// since is waited for twice. As for [`SendTickets::send`], the `deduplication_id` must be fresh for every ticket that
    /// is to live, and the same when one announcement is repeated.
    async fn announce(
        &self,
        wake_up: &WakeUp,
        deduplication_id: &str,
        now: Timestamp,
    ) -> Result<(), PortError>;
}

/// All that announcing needs of the world.
#[derive(Clone, Debug)]
pub struct Announcer<Q, T, D> {
    /// The FIFO queues.
    pub tickets: Q,
    /// The timer queue.
    pub timer: T,
    /// The table of wake-ups that lie too far ahead for it.
    pub due: D,
}

impl<Q: SendTickets, T: SendLater, D: KeepWakeUps> Announce for Announcer<Q, T, D> {
    async fn announce(
        &self,
        wake_up: &WakeUp,
        deduplication_id: &str,
        now: Timestamp,
    ) -> Result<(), PortError> {
        match wake_up.way(now) {
            Way::Queue => self.tickets.send(&wake_up.ticket, deduplication_id).await,
            Way::Timer(seconds) => {
                self.timer.send_later(&TimerItem::Ticket(wake_up.waiting_ticket()), seconds).await
            }
            Way::Row => self.due.keep(wake_up).await,
        }
    }
}
