//! The ports of the queues.

use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::values::ids::CampaignId;
use domain::values::priority::Priority;
use shared::ports::{DeleteTickets, HideItems, HideTickets, PortError, Receipt, SendLater, SendTickets};

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
        let named = self.named(ticket, deduplication_id);
        let send = move |world: &World| {
            named.take(world);
            Ok(())
        };
        self.caller.call(Kind::Queue, operation, send).await
    }

    async fn send_all(&self, tickets: &[(Ticket, String)]) -> Vec<Result<(), PortError>> {
        let mut answers = Vec::new();
        for priority in Priority::ALL {
            let chosen = tickets.iter().enumerate().filter(|(_, (ticket, _))| ticket.priority == priority);
            let (places, named): (Vec<usize>, Vec<Named>) =
                chosen.map(|(place, (ticket, id))| (place, self.named(ticket, id))).unzip();
            if !named.is_empty() {
                answers.extend(places.into_iter().zip(self.send_batch(named).await));
            }
        }
        answers.sort_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

/// A ticket under the id by which its queue knows it again.
struct Named {
    ticket: Ticket,
    id: String,
    body: String,
}

impl Named {
    fn take(&self, world: &World) {
        world.send_ticket(&self.ticket, &self.id, self.body.clone());
    }
}

impl Tickets {
    /// A ticket and its id, with a rule about them taken out.
    fn named(&self, ticket: &Ticket, id: &str) -> Named {
        let world = self.caller.world();
        let id = if world.without(Sabotage::FixedDeduplicationIds) {
            ticket.message_id.to_string()
        } else if world.without(Sabotage::NoMerging) {
            format!("{id} {}", world.rng().next_u64())
        } else {
            id.to_owned()
        };
        let at = ticket.at.filter(|_| !world.without(Sabotage::NoInstants));
        let ticket = Ticket { at, ..*ticket };
        Named { ticket, id, body: serde_json::to_string(&ticket).unwrap_or_default() }
    }

    /// Sends tickets in one request. Each may be refused by itself.
    async fn send_batch(&self, named: Vec<Named>) -> Vec<Result<(), PortError>> {
        let operation = "tickets.send_all";
        let count = named.len();
        let (rates, world) = (self.caller.rates(), self.caller.world());
        let refused: Vec<bool> = named.iter().map(|_| world.rng().chance(rates.throttled)).collect();
        let (is_refused, worker) = (refused.clone(), self.caller.worker());
        let send = move |world: &World| {
            let count = refused.iter().filter(|is_refused| **is_refused).count();
            (0..count).for_each(|_| world.emit(Event::Fault(Fault::Throttled, worker)));
            let taken = named.iter().zip(&refused).filter(|(_, is_refused)| !**is_refused);
            taken.for_each(|(named, _)| named.take(world));
            Ok(())
        };
        match self.caller.call(Kind::Queue, operation, send).await {
            Ok(()) => is_refused.into_iter().map(|is_refused| answer(operation, is_refused)).collect(),
            Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
        }
    }
}

fn answer(operation: &'static str, is_refused: bool) -> Result<(), PortError> {
    if is_refused { Err(PortError::new(operation, "one of a batch was refused")) } else { Ok(()) }
}

impl DeleteTickets for Tickets {
    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        let is_late = self.caller.world().without(Sabotage::DeletedWithBatch);
        let receipts = if is_late { Vec::new() } else { receipts.to_vec() };
        let delete = move |world: &World| {
            for Receipt { priority, session_id, handle } in &receipts {
                let source = Source::Fifo(*priority);
                let now = world.now().as_millis();
                if world.fifos[source.number()].borrow_mut().delete(handle, now) {
                    world.emit(Event::Acknowledged(*priority, *session_id));
                }
                crate::mapping::poke(world, source.number());
            }
            Ok(())
        };
        self.caller.call(Kind::Queue, "tickets.delete", delete).await
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
