//! Campaigns on their way in: from what a caller uploads to the rows that are stored.
//!
//! Each recipient passes a [`Sieve`]: its number is read, its text is rendered, and a recipient that was there before is
//! rejected. What passes is gathered in numbered segments by a [`Preparation`], what does not in a list that says why
//! ([`Rejection`]). Recipients come out of JSON ([`json`]) or out of CSV ([`csv`]), one at a time: memory does not grow
//! with their texts.

pub mod csv;
pub mod json;

mod preparation;
mod rejection;
mod segment;
mod sieve;
mod spreadsheet;
mod text;

pub use preparation::{Intake, Preparation, Prepared};
pub use rejection::{Place, Rejection, RowCode};
pub use segment::{NotASegment, Segment, SegmentRow};
pub use sieve::{Addressed, Recipient, RecipientRules, Sieve};
pub use spreadsheet::refused_file;
pub use text::{Name, NotATemplate, NotRendered, Template, Variables};
