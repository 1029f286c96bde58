//! The whole system, over HTTP against a running stack. All of these run side by side: each has its own sessions.

mod auth;
mod bulk;
mod burst;
mod campaigns;
mod events;
mod idempotency;
mod keys;
mod long_campaign;
mod matrix;
mod openapi;
mod providers;
mod reading;
mod sandbox;
mod send;
mod sessions;
mod wrong_bodies;
