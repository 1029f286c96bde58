//! What is shown: lists, what a message waits for, and the counters that follow the messages.

pub mod listing;
pub mod projection;
pub mod statistics;
pub mod waiting;
