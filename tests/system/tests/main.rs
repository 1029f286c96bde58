//! The whole system, over HTTP against a running stack. All of these run side by side: each has its own sessions.

mod auth;
mod bulk;
mod burst;
mod campaigns;
mod events;
mod idempotency;
mod long_campaign;
mod reading;
mod sandbox;
mod send;
mod wrong_bodies;
