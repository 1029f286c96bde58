//! Small values that everything else is made of. One that exists is valid.

pub mod calendar;
pub mod fence;
pub mod ids;
pub(crate) mod named;
pub mod phone;
pub mod priority;
pub mod reach;
pub mod sequence;
pub mod status;
pub mod time;
