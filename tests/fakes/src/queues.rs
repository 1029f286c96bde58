//! The ports of the queues.

use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::values::ids::CampaignId;
use shared::ports::{HideItems, HideTickets, PortError, Receipt, SendLater, SendTickets};

use crate::World;
use crate::caller::{Caller, Kind, Role};
use crate::event::{Event, Fault, Source, Worker};
use crate::executor::Action;
use crate::faults::Sabotage;
use crate::standard::DELAY_MAX_S;

/// Longest time for which a message can be hidden, in seconds.
const HIDE_MAX_S: u32 = 12 * 3600;

/// The three FIFO queues, as one caller sees them.
#[derive(Clone, Debug)]
pub struct Tickets {
    caller: Caller,
}

/// The timer queue, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Timer {
    caller: Caller,
}

impl Caller {
    /// The three FIFO queues.
    pub fn tickets(&self) -> Tickets {
        Tickets { caller: self.clone() }
    }

    /// The timer queue.
    pub fn timer(&self) -> Timer {
        Timer { caller: self.clone() }
    }
}

impl World {
    /// Puts a ticket into its queue at once; `false` when it is dropped as a duplicate.
    pub fn send_ticket(&self, ticket: &Ticket, deduplication_id: &str, body: String) -> bool {
        if self.rng().chance(self.rates().ticket_lost) {
            self.emit(Event::Fault(Fault::TicketLost, Worker::default()));
            return true;
        }
        let number = Source::Fifo(ticket.priority).number();
        let now = self.now().as_millis();
        let is_new = self.fifos[number].borrow_mut().send(ticket.session_id, deduplication_id, body, now);
        self.emit(Event::TicketSent(ticket.priority, ticket.session_id, is_new));
        crate::mapping::poke(self, number);
        is_new
    }

    /// Puts something into the timer at once.
    pub fn set_timer(&self, body: String, millis: i64) {
        let now = self.now().as_millis();
        self.timer.borrow_mut().send(body, now, now + millis);
        self.emit(Event::TimerSet(u32::try_from(millis / 1000).unwrap_or(0)));
        self.schedule(millis, Action::Poke(Source::Timer.number()));
    }

    /// How many messages there are in all queues together.
    pub fn queued(&self) -> usize {
        let tickets: usize = self.fifos.iter().map(|queue| queue.borrow().len()).sum();
        tickets + self.timer.borrow().len() + self.chore_steps.borrow().len()
    }
}

impl SendTickets for Tickets {
    async fn send(&self, ticket: &Ticket, deduplication_id: &str) -> Result<(), PortError> {
        let operation = "tickets.send";
        if is_muted(&self.caller, ticket) {
            return Ok(());
        }
        let body =
            serde_json::to_string(ticket).map_err(|error| PortError::new(operation, error.to_string()))?;
        let ticket = *ticket;
        let deduplication_id = if self.caller.world().without(Sabotage::FixedDeduplicationIds) {
            ticket.message_id.to_string()
        } else {
            deduplication_id.to_owned()
        };
        let send = move |world: &World| {
            world.send_ticket(&ticket, &deduplication_id, body.clone());
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, send).await
    }
}

impl HideTickets for Tickets {
    async fn hide(&self, receipt: &Receipt, seconds: u32) -> Result<(), PortError> {
        let receipt = receipt.clone();
        let operation = "tickets.hide";
        if seconds > HIDE_MAX_S {
            return Err(PortError::new(operation, "longer than 12 hours"));
        }
        let hide = move |world: &World| {
            let source = Source::Fifo(receipt.priority);
            let now = world.now().as_millis();
            let until = now + i64::from(seconds) * 1000;
            let is_done = world.fifos[source.number()].borrow_mut().hide(&receipt.handle, until, now);
            if !is_done {
                return Err(PortError::new(operation, "the receipt is no longer good"));
            }
            world.emit(Event::Hidden(receipt.priority, receipt.session_id, seconds));
            world.schedule(until - now, Action::Poke(source.number()));
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, hide).await
    }
}

impl HideItems for Timer {
    async fn hide(&self, handle: &str, seconds: u32) -> Result<(), PortError> {
        let (operation, handle) = ("timer.hide", handle.to_owned());
        if seconds > HIDE_MAX_S {
            return Err(PortError::new(operation, "longer than 12 hours"));
        }
        let hide = move |world: &World| {
            let millis = i64::from(seconds) * 1000;
            if !world.timer.borrow_mut().hide(&handle, world.now().as_millis() + millis) {
                return Err(PortError::new(operation, "the receipt is no longer good"));
            }
            world.schedule(millis, Action::Poke(Source::Timer.number()));
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, hide).await
    }
}

impl SendLater for Timer {
    async fn send_later(&self, item: &TimerItem, seconds: u32) -> Result<(), PortError> {
        let operation = "timer.send_later";
        if seconds > DELAY_MAX_S {
            return Err(PortError::new(operation, "longer than 900 s"));
        }
        if seconds > 0 && self.is_insurance(item) && self.caller.world().without(Sabotage::NoInsurance) {
            return Ok(());
        }
        if let TimerItem::Ticket(ticket) = item
            && (is_muted(&self.caller, ticket) || self.is_kept_from_the_timer(*ticket, seconds))
        {
            return Ok(());
        }
        let body =
            serde_json::to_string(item).map_err(|error| PortError::new(operation, error.to_string()))?;
        let send = move |world: &World| {
            world.set_timer(body.clone(), i64::from(seconds) * 1000);
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, send).await
    }
}

/// Whether a ticket that the API sends for a campaign gets nowhere, since a rule is taken out.
fn is_muted(caller: &Caller, ticket: &Ticket) -> bool {
    let is_campaigns = CampaignId::of(ticket.message_id).is_some() && caller.role() == Role::Api;
    is_campaigns && caller.world().without(Sabotage::ResumeWithoutTicket)
}

impl Timer {
    /// Whether this is sent in case that a decision about a campaign is made and its function dies.
    fn is_insurance(&self, item: &TimerItem) -> bool {
        let is_campaigns = match item {
            TimerItem::Ticket(ticket) => CampaignId::of(ticket.message_id).is_some(),
            TimerItem::ClearCampaign { .. }
            | TimerItem::ClearSession { .. }
            | TimerItem::SandboxReport { .. }
            | TimerItem::SandboxReply { .. }
            | TimerItem::ProviderReport { .. } => false,
        };
        is_campaigns && self.caller.role() == Role::Api
    }

    /// Whether a rule about the timer is taken out, so that a ticket does not get there.
    fn is_kept_from_the_timer(&self, ticket: Ticket, seconds: u32) -> bool {
        let (world, role) = (self.caller.world(), self.caller.role());
        let is_hidden = world.without(Sabotage::TimerWaitsHide) && role == Role::Dispatch;
        if is_hidden {
            self.caller.put_off(ticket, seconds);
        }
        is_hidden || world.without(Sabotage::NoWakeUp) && role == Role::Api
    }
}
