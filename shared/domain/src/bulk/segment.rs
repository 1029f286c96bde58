//! Segments: the rows of a campaign in portions, each of which is stored in one go and may be stored again.

use serde::{Deserialize, Serialize};

use super::sieve::Addressed;
use crate::values::contact::Contact;

/// A recipient that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRow {
    /// Its number in the campaign, counted from 1; its message's id follows from it.
    pub row: u32,
    /// To whom.
    pub to: Contact,
    /// Its text.
    pub text: String,
}

/// A segment on its way into a file: a JSON object a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Its number in the campaign, counted from 0.
    pub number: u32,
    /// Its rows.
    pub lines: Vec<u8>,
}

/// A file is not a segment.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct NotASegment {
    line: usize,
    cause: serde_json::Error,
}

impl Segment {
    /// Adds a row.
    pub(super) fn push(&mut self, row: u32, addressed: Addressed) {
        let row = SegmentRow { row, to: addressed.to, text: addressed.text };
        // A struct of a number and two texts always serialises, and a Vec takes everything.
        let _ = serde_json::to_writer(&mut self.lines, &row);
        self.lines.push(b'\n');
    }

    /// Reads the rows of a file.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn read(bytes: &[u8]) -> Result<Vec<SegmentRow>, NotASegment> {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let row =
            |(at, line)| serde_json::from_slice(line).map_err(|cause| NotASegment { line: at + 1, cause });
        lines.enumerate().map(row).collect()
    }
}
