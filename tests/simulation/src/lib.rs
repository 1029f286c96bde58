//! Deterministic simulation of the whole sending path.
//!
//! A seed gives a [`scenario`]; the real handlers play it on fakes ([`stage`], [`run`]) under a virtual clock, with
//! crashes, lost replies, late copies, duplicates, clock skew, throttling and providers that fail; and a [`checker`] holds
//! every step against the promises of the design ([`promise`]).

mod campaigns;
pub mod cases;
pub mod checker;
pub mod costs;
pub mod fleet;
pub mod limits;
pub mod load;
pub mod mortal;
pub mod outages;
pub mod promise;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod stage;
pub mod upkeep;
pub mod work;
