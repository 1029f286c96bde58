//! Small values that everything else is made of. One that exists is valid.

pub mod calendar;
pub mod contact;
mod countries;
pub mod country;
pub mod fence;
pub mod fields;
pub mod ids;
pub mod json;
pub(crate) mod letters;
pub(crate) mod named;
pub mod phone;
pub mod priority;
pub mod reach;
pub mod secret;
pub mod sequence;
pub mod status;
pub mod time;
