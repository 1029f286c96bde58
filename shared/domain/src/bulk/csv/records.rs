//! Records and the lines on which they begin, out of bytes that come in parts.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::limits::{CSV_COLUMNS_MAX, CSV_RECORD_MAX_BYTES};

/// A record, valid until the next one is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// How many fields it has.
    pub(super) const fn count(&self) -> usize {
        self.ends.len()
    }

    /// A field; an empty text when it has no such field.
    pub(super) fn field(&self, at: usize) -> &'a str {
        let start = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or_default() };
        let end = self.ends.get(at).copied().unwrap_or(start);
        &self.text[start..end]
    }

    /// All its fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'a str> {
        let record = *self;
        (0..self.count()).map(move |at| record.field(at))
    }
}

/// A record that is complete.
#[derive(Clone, Copy, Debug)]
pub(super) enum Current<'a> {
    /// It can be read.
    Record(Record<'a>),
    /// It has so many bytes, or so many fields, that it was passed over.
    Oversized(Oversize),
    /// It has bytes that are not UTF-8.
    NotUtf8,
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oversize {
    /// Bytes.
    Bytes,
    /// Fields.
    Fields,
}

/// Divides bytes into records.
pub(super) struct Records {
    reader: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
    /// How much of the output and of the ends the open record has.
    filled: (usize, usize),
    oversize: Option<Oversize>,
    /// The line that the next byte stands on.
    line: u64,
    /// The line on which the open record began, once it has.
    began: Option<u64>,
    after_cr: bool,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Records {
    /// Records that begin on this line.
    pub(super) fn new(delimiter: u8, line: u64) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            output: vec![0; CSV_RECORD_MAX_BYTES],
            ends: vec![0; CSV_COLUMNS_MAX],
            filled: (0, 0),
            oversize: None,
            line,
            began: None,
            after_cr: false,
        }
    }

    /// The line on which the record began that was read last, or that is open.
    pub(super) fn line(&self) -> u64 {
        self.began.unwrap_or(self.line)
    }

    /// Whether a record is open.
    pub(super) const fn is_open(&self) -> bool {
        self.began.is_some()
    }

    /// Ends the record that was read last.
    pub(super) const fn close(&mut self) {
        self.began = None;
        self.filled = (0, 0);
        self.oversize = None;
    }

    /// Reads on, at `input[*at..]`, and moves `at` behind what was read; `true` when a record is complete.
    /// [`Records::current`] shows it, [`Records::close`] comes after it.
    pub(super) fn advance(&mut self, input: &[u8], at: &mut usize) -> bool {
        while *at < input.len() {
            let (filled, ends) = self.filled;
            let rest = &input[*at..];
            let (result, read, written, ended) =
                self.reader.read_record(rest, &mut self.output[filled..], &mut self.ends[ends..]);
            self.count_lines(&rest[..read]);
            *at += read;
            self.filled = (filled + written, ends + ended);
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull => self.pass_over(Oversize::Bytes),
                ReadRecordResult::OutputEndsFull => self.pass_over(Oversize::Fields),
                ReadRecordResult::Record => return true,
            }
        }
        false
    }

    /// What does not fit is dropped; the record is read to its end, to go on behind it.
    fn pass_over(&mut self, oversize: Oversize) {
        self.oversize.get_or_insert(oversize);
        self.filled = (0, 0);
    }

    /// The record that is complete.
    pub(super) fn current(&self) -> Current<'_> {
        let (_, count) = self.filled;
        if let Some(oversize) = self.oversize {
            return Current::Oversized(oversize);
        }
        let ends = &self.ends[..count];
        let length = ends.last().copied().unwrap_or_default();
        let Ok(text) = std::str::from_utf8(&self.output[..length]) else { return Current::NotUtf8 };
        // Each field must be whole for itself: the end of one and the beginning of the next could make up a letter.
        if ends.iter().all(|end| text.is_char_boundary(*end)) {
            Current::Record(Record { text, ends })
        } else {
            Current::NotUtf8
        }
    }

    /// A line ends with CRLF, LF or CR. The line breaks before a record belong to no record.
    fn count_lines(&mut self, read: &[u8]) {
        for byte in read {
            match byte {
                b'\r' => self.line += 1,
                b'\n' if !self.after_cr => self.line += 1,
                b'\n' => {}
                _ if self.began.is_none() => self.began = Some(self.line),
                _ => {}
            }
            self.after_cr = *byte == b'\r';
        }
    }
}
