//! What the functions of Paceline share.
//!
//! [`ports`] say what a handler may ask of the world; [`http`] turns requests into answers; with the feature `lambda`
//! come the adapters behind the ports and the runtime around the handlers.

#![expect(
    async_fn_in_trait,
    reason = "ports are used with concrete types; the HTTP runtime, which needs `Send`, checks it there"
)]

pub mod announce;
pub mod api_keys;
pub mod audit;
pub mod decisions;
pub mod http;
pub mod intake;
pub mod lines;
pub mod login;
pub mod ports;
pub mod providers;
pub mod reports;
mod secrets;
pub mod seeded;
pub mod sessions;
pub mod views;
pub mod world;

#[cfg(feature = "lambda")]
pub mod adapters;
#[cfg(feature = "lambda")]
pub mod config;
#[cfg(feature = "lambda")]
pub mod runtime;
