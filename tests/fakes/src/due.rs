//! The table of wake-ups that lie too far ahead for the timer, and its ports.

use std::collections::BTreeMap;

use domain::sending::wake_up::WakeUp;
use domain::values::ids::MessageId;
use domain::values::time::Timestamp;
use shared::ports::{KeepWakeUps, PortError, ReadWakeUps, RemoveWakeUps};

use crate::World;
use crate::caller::{Caller, Kind, Role};
use crate::event::Event;
use crate::faults::Sabotage;

/// The rows, by shard and in the order in which they fall due.
#[derive(Default)]
pub(crate) struct DueTable {
    rows: BTreeMap<(u8, Timestamp, MessageId), WakeUp>,
}

fn place(wake_up: &WakeUp) -> (u8, Timestamp, MessageId) {
    (wake_up.shard(), wake_up.due, wake_up.ticket.message_id)
}

impl DueTable {
    fn before(&self, shard: u8, until: Timestamp, limit: usize) -> Vec<WakeUp> {
        let of_shard = self.rows.values().filter(|row| row.shard() == shard && row.due < until);
        of_shard.take(limit).copied().collect()
    }
}

/// The table of wake-ups, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Due {
    caller: Caller,
}

impl Caller {
    /// The table of wake-ups that lie too far ahead for the timer.
    pub fn due(&self) -> Due {
        Due { caller: self.clone() }
    }
}

impl World {
    /// When the first of the wake-ups that are kept is due.
    pub fn next_wake_up(&self) -> Option<Timestamp> {
        self.due.borrow().rows.values().map(|row| row.due).min()
    }

    /// How many wake-ups are kept.
    pub fn kept_wake_ups(&self) -> usize {
        self.due.borrow().rows.len()
    }
}

impl KeepWakeUps for Due {
    async fn keep(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        let wake_up = *wake_up;
        let (world, role) = (self.caller.world(), self.caller.role());
        if world.without(Sabotage::NoWakeUp) && role == Role::Api
            || world.without(Sabotage::NoOwnWakeUp) && role == Role::Dispatch
        {
            return Ok(());
        }
        let keep = move |world: &World| {
            world.due.borrow_mut().rows.insert(place(&wake_up), wake_up);
            world.emit(Event::WakeUpKept(wake_up.ticket.session_id, wake_up.due));
            Ok(())
        };
        self.caller.call(Kind::Write, "due.keep", keep).await
    }
}

impl ReadWakeUps for Due {
    async fn due_before(&self, shard: u8, until: Timestamp, limit: usize) -> Result<Vec<WakeUp>, PortError> {
        let look = move |world: &World| Ok(world.due.borrow().before(shard, until, limit));
        self.caller.call(Kind::Read, "due.due_before", look).await
    }
}

impl RemoveWakeUps for Due {
    async fn remove(&self, wake_up: &WakeUp) -> Result<(), PortError> {
        let wake_up = *wake_up;
        let remove = move |world: &World| {
            if world.due.borrow_mut().rows.remove(&place(&wake_up)).is_some() {
                world.emit(Event::WakeUpRemoved(wake_up.ticket.session_id, wake_up.due));
            }
            Ok(())
        };
        self.caller.call(Kind::Write, "due.remove", remove).await
    }
}
