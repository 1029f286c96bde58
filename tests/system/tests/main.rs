//! The whole system, over HTTP against a running stack. All of these run side by side: each has its own sessions.

mod api_keys;
mod auth;
mod bulk;
mod campaigns;
mod events;
mod every_route;
mod idempotency;
mod lists;
mod long_campaign;
mod openapi;
mod pacing;
mod providers;
mod sandbox;
mod send;
mod send_bodies;
mod sessions;
mod webhooks;
