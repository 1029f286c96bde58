//! Small values that everything else is made of. One that exists is valid.

pub mod calendar;
pub mod fence;
pub mod fields;
pub mod ids;
pub(crate) mod named;
pub mod phone;
pub mod priority;
pub mod reach;
pub mod secret;
pub mod sequence;
pub mod status;
pub mod time;
