//! Who may call, how often, and what a repeated request gets.

pub mod idempotency;
pub mod login;
pub mod rate_limit;
