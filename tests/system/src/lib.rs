//! What the tests of the whole system share: a client of the API, a look into tables and queues, and what must hold.
//!
//! The tests speak HTTP to a running stack, which the environment variable `PACELINE_STACK` names. Each makes its own
//! account and sessions, so that all of them can run side by side.

#![expect(clippy::missing_panics_doc, reason = "a library for tests: it panics where a test is to fail")]

pub mod account;
pub mod api;
pub mod aws;
pub mod calls;
pub mod cases;
mod contract;
pub mod events;
pub mod login;
pub mod message;
pub mod process;
pub mod recipients;
pub mod routes;
mod signature;
pub mod stack;
pub mod time;
pub mod tokens;
pub mod webhooks;

use std::fmt::Display;
use std::io::Write;

pub use account::Account;
pub use api::{Answer, Api};
pub use message::Message;
pub use stack::Stack;
pub use time::{PATIENCE_MS, eventually, now, sleep_ms};

/// Shows a measured figure, whether the test passes or not.
pub fn report(figure: impl Display) {
    // Not printed, since what tests print is only shown when they fail.
    let _ = writeln!(std::io::stderr(), "measured: {figure}");
}
