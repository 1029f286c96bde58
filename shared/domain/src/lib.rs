//! The rules of Paceline: pure decisions without I/O, clock or randomness of their own.
//!
//! A session sends one message at a time ([`lease`]), with random gaps ([`pacing`], [`pacer`]), the most urgent first
//! ([`survey`]), and no more than a number bears ([`allowance`]). The queues carry [`ticket`]s only; the messages and their order ([`pending`]) are rows of a table.

pub mod allowance;
pub mod attempt;
pub mod bulk;
pub mod calendar;
pub mod campaign;
pub mod idempotency;
pub mod ids;
pub mod inbound;
pub mod ingest;
pub mod lease;
pub mod limits;
pub mod listing;
pub mod login;
pub mod message;
pub mod pacer;
pub mod pacing;
pub mod pending;
pub mod phone;
pub mod priority;
pub mod projection;
pub mod rate_limit;
pub mod reach;
pub mod report;
pub mod request;
pub mod sequence;
pub mod session;
pub mod statistics;
pub mod status;
pub mod survey;
pub mod sweep;
pub mod ticket;
pub mod time;
pub mod timer;
pub mod waiting;
pub mod wake_up;
pub mod watch;
