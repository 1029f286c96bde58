//! Every rule of the contract, against the fakes in memory.

use contract::contacts::Ledger;
use contract::queues::Queues;
use contract::{ChangingSessions, Sessions};
use domain::tuning::VISIBILITY_TIMEOUT_MS;
use domain::values::priority::Priority;
use fakes::{Latency, World};
use shared::ports::{
    AcceptMessages, ChangeSessions, CountChanges, DeleteSessions, DeleteTickets, EndHolds, FinishDeletions,
    HideTickets, KeepChats, KnowContacts, Received, SendLater, SendTickets,
};

/// Worlds in which calls take their time, so that two at once really meet, each in its own way.
fn worlds() -> impl Iterator<Item = World> {
    (0..20).map(|seed| {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        world
    })
}

macro_rules! check {
    ($module:ident, queues: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    for queues in super::worlds().map(super::FakeQueues) {
                        queues.0.block_on(contract::$module::$rule(&queues)).unwrap();
                    }
                }
            )+
        }
    };
    ($module:ident, changing_sessions: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    for table in super::worlds().map(super::FakeSessions) {
                        table.0.block_on(contract::$module::$rule(&table)).unwrap();
                    }
                }
            )+
        }
    };
    ($module:ident, ledger: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    for ledger in super::worlds().map(super::FakeLedger) {
                        ledger.0.block_on(contract::$module::$rule(&ledger)).unwrap();
                    }
                }
            )+
        }
    };
    ($module:ident, limits: $($rule:ident),+) => {
        check!($module, accounts: $($rule),+);
    };
    ($module:ident, answers: $($rule:ident),+) => {
        check!($module, accounts: $($rule),+);
    };
    ($module:ident, $ports:ident: $($rule:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $rule() {
                    for world in super::worlds() {
                        world.block_on(contract::$module::$rule(&world.caller().$ports())).unwrap();
                    }
                }
            )+
        }
    };
}

contract::for_each_rule!(check);

/// The sessions of a world.
struct FakeSessions(World);

impl ChangingSessions for FakeSessions {
    fn sessions(&self) -> impl Sessions + ChangeSessions + EndHolds {
        self.0.caller().sessions()
    }

    fn deletions(&self) -> impl DeleteSessions + FinishDeletions {
        self.0.caller().sessions()
    }
}

/// What a world shows of contacts.
struct FakeLedger(World);

impl Ledger for FakeLedger {
    fn contacts(&self) -> impl KnowContacts + KeepChats {
        self.0.caller().contacts()
    }

    fn messages(&self) -> impl AcceptMessages {
        self.0.caller().messages()
    }

    fn counters(&self) -> impl CountChanges {
        self.0.caller().lists()
    }
}

/// The queues of a world, with no function connected to them.
struct FakeQueues(World);

impl Queues for FakeQueues {
    fn tickets(&self) -> impl SendTickets + HideTickets + DeleteTickets {
        self.0.caller().tickets()
    }

    fn timer(&self) -> impl SendLater {
        self.0.caller().timer()
    }

    async fn receive(&self, priority: Priority) -> Vec<Received> {
        self.0.take_tickets(priority, VISIBILITY_TIMEOUT_MS)
    }

    async fn delete(&self, priority: Priority, handle: &str) {
        assert!(self.0.delete_ticket(priority, handle), "a message in flight can be deleted");
    }

    async fn receive_due(&self) -> Vec<Received> {
        self.0.take_due(VISIBILITY_TIMEOUT_MS)
    }

    async fn pass(&self, millis: u32) {
        self.0.sleep(i64::from(millis)).await;
    }
}
