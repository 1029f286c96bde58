//! The WAHA adapter against the stub, over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in its helpers too")]

mod connection;
mod control;
mod failure;
mod success;
mod world;
