//! From recipients, one after the other, to segments and a list of those that were rejected.

use super::csv::CsvColumns;
use super::rejection::Rejection;
use super::segment::Segment;
use super::sieve::{Recipient, Sieve};
use super::spreadsheet;
use crate::limits::REJECTED_SHOWN_MAX;
use crate::tuning::SEGMENT_ROWS;

/// Takes recipients, one after the other.
pub trait Intake {
    /// Takes a recipient, or one that was rejected already.
    fn take(&mut self, recipient: Result<Recipient<'_>, Rejection>);
}

/// A campaign that is being prepared.
#[derive(Debug)]
pub struct Preparation<'a> {
    sieve: Sieve<'a>,
    full: Vec<Segment>,
    open: Segment,
    prepared: Prepared,
}

/// What became of the recipients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// How many are sent to.
    pub accepted: u32,
    /// How many were rejected.
    pub rejected: u32,
    /// How many rows of a file had nothing in them.
    pub skipped: u32,
    /// What the columns of a file are.
    pub columns: Option<CsvColumns>,
    /// How many segments there are.
    pub segments: u32,
    /// The first of the rejected ones, as many as one answer repeats.
    pub first_rejected: Vec<Rejection>,
    /// All rejected ones, as CSV; empty when there are none.
    pub rejected_csv: Vec<u8>,
}

impl<'a> Preparation<'a> {
    /// Begins with nothing.
    pub fn new(sieve: Sieve<'a>) -> Self {
        Self { sieve, full: Vec::new(), open: Segment::default(), prepared: Prepared::default() }
    }

    /// The segments that have become full since this was asked last.
    pub fn full_segments(&mut self) -> Vec<Segment> {
        std::mem::take(&mut self.full)
    }

    /// Ends it. Returns the segments that are left.
    pub fn finish(mut self) -> (Vec<Segment>, Prepared) {
        if !self.open.lines.is_empty() {
            self.close();
        }
        (self.full, self.prepared)
    }

    fn close(&mut self) {
        self.prepared.segments += 1;
        let next = Segment { number: self.prepared.segments, lines: Vec::new() };
        self.full.push(std::mem::replace(&mut self.open, next));
    }

    fn reject(&mut self, rejection: Rejection) {
        let prepared = &mut self.prepared;
        prepared.rejected += 1;
        if prepared.rejected_csv.is_empty() {
            prepared.rejected_csv.extend(spreadsheet::header(rejection.place.name()).bytes());
        }
        prepared.rejected_csv.extend(spreadsheet::line(&rejection).bytes());
        if prepared.first_rejected.len() < REJECTED_SHOWN_MAX {
            prepared.first_rejected.push(rejection);
        }
    }
}

impl Intake for Preparation<'_> {
    fn take(&mut self, recipient: Result<Recipient<'_>, Rejection>) {
        match recipient.and_then(|recipient| self.sieve.pass(&recipient)) {
            Err(rejection) => self.reject(rejection),
            Ok(addressed) => {
                self.prepared.accepted += 1;
                self.open.push(self.prepared.accepted, addressed);
                if self.prepared.accepted.is_multiple_of(SEGMENT_ROWS) {
                    self.close();
                }
            }
        }
    }
}
