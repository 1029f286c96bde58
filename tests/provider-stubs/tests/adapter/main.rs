//! The adapters against the stub, over real HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in its helpers too")]

mod cloud_api;
mod connection;
mod control;
mod failure;
mod options;
mod real;
mod success;
mod tls;
mod world;
