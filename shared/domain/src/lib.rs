//! The rules of Paceline: pure decisions without I/O, clock or randomness of their own.
//!
//! The rooms, each of which uses only those above it:
//!
//! | room | what it holds |
//! |---|---|
//! | [`limits`], [`tuning`] | the numbers: what a caller can hit, and what we turned |
//! | [`values`] | small values: ids, times, numbers, states |
//! | [`providers`] | how a session reaches WhatsApp: the settings of each provider |
//! | [`message`] | a message, its place in line, what providers report of it |
//! | [`sending`] | one message at a time, with random gaps, the most urgent first, no more than a number bears |
//! | [`bulk`] | lists of recipients: CSV, JSON, templates |
//! | [`session`] | a WhatsApp session's configuration |
//! | [`campaign`] | a campaign, and how its rows are stored |
//! | [`reading`] | lists, counters and statistics |
//! | [`access`] | who may call, how often, and what a repeated request gets |
//! | [`request`] | the parsers of requests |

pub mod access;
pub mod bulk;
pub mod campaign;
pub mod limits;
pub mod message;
pub mod providers;
pub mod reading;
pub mod request;
pub mod sending;
pub mod session;
pub mod tuning;
pub mod values;
