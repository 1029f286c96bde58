//! A deterministic world in memory: fakes of every port, with the semantics and the faults of the real thing.
//!
//! A [`World`] has one virtual clock and one seeded source of chance. A [`Caller`] is a run of a function, or a test; its
//! methods give the ports. Without further ado nothing goes wrong and everything happens at once, so that the same fakes
//! serve handler tests:
//!
//! ```
//! use fakes::World;
//! use shared::ports::Clock;
//!
//! let world = World::new(1);
//! let clock = world.caller().clock();
//! world.block_on(async {
//!     clock.sleep(1_000).await;
//!     assert_eq!(clock.now(), World::BEGINNING.plus_millis(1_000));
//! });
//! ```
//!
//! [`World::set_latency`], [`World::set_rates`] and [`World::set_manner`] make it harder, and
//! [`World::set_sabotage`] takes a rule of the design away. [`World::connect`] runs a function on a queue, as Lambda does.

mod accounts;
mod answers;
mod by_hand;
mod caller;
mod campaigns;
mod chores;
mod clock;
mod contacts;
mod due;
mod event;
mod executor;
mod faults;
mod fifo;
mod files;
mod inspect;
mod listing;
mod mapping;
mod message_table;
mod message_writes;
mod messages;
mod parts;
mod provider;
mod queues;
mod rng;
mod session_table;
mod sessions;
mod standard;
mod steps;
mod survey_sabotage;
mod upkeep;
mod usage;
mod watched;
mod world;

pub use accounts::{Accounts, OpenKeyring};
pub use caller::{Caller, Role};
pub use campaigns::Campaigns;
pub use chores::{ChoreSteps, Chores};
pub use clock::{Dice, WorkerClock};
pub use contacts::Contacts;
pub use due::Due;
pub use event::{Answer, CallId, Ending, Event, Fault, Observer, Row, Source, Worker};
pub use executor::TaskId;
pub use faults::{Latency, Rates, Sabotage, Sabotages};
pub use files::{FakeParts, Files};
pub use listing::Lists;
pub use mapping::{Connection, Invocation};
pub use messages::Messages;
pub use provider::{Act, Manner, WhatsApp};
pub use queues::{Tickets, Timer};
pub use rng::{ALWAYS, Rng};
pub use sessions::Sessions;
pub use steps::Steps;
pub use upkeep::{Batching, Schedule, Switch};
pub use usage::{DELETE, RECEIVE, Units, queue_requests, units};
pub use watched::Watched;
pub use world::{Printer, World};
