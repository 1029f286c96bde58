//! When a session sends what: one message at a time ([`lease`]), with random gaps ([`pacing`], [`pacer`]), the most urgent first
//! ([`survey`]), and within the session's limits ([`allowance`]).
//!
//! The queues carry [`ticket`]s only; the messages and their order ([`crate::message::pending`]) are rows of a table.

pub mod allowance;
pub mod attempt;
pub mod lease;
pub mod pacer;
pub mod pacing;
pub mod survey;
pub mod sweep;
pub mod ticket;
pub mod timer;
pub mod wake_up;
pub mod watch;
