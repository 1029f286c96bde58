//! From the bytes of a file to recipients.

use std::borrow::Cow;

use super::columns::{Columns, CsvColumns, CsvVariables};
use super::encoding::{Input, TextEncoding};
use super::error::{CsvError, CsvFault};
use super::layout::{Beginning, Layout};
use super::padding::Unpadded;
use super::records::{Current, Oversize, Record, Records};
use crate::bulk::{Intake, Place, Recipient, Rejection, RowCode};
use crate::limits::{CAMPAIGN_ROWS_MAX, CSV_FILE_MAX_BYTES, CSV_RECORD_MAX_BYTES};
use crate::values::letters::is_blank;

/// Reads a file as it comes in.
///
/// [`CsvReader::read`] takes the parts, [`CsvReader::end`] comes after the last one. Both hand on each recipient, or why it
/// was rejected.
#[derive(Debug)]
pub struct CsvReader {
    input: Input,
    state: State,
    bytes: u64,
}

#[derive(Debug)]
enum State {
    /// The header is not complete: what there is of the file.
    Begun(Vec<u8>),
    /// What comes after it.
    Rows(Box<Rows>),
}

/// The records of a file, and what was read of them.
#[derive(Debug)]
struct Rows {
    unpadded: Unpadded,
    records: Records,
    columns: Option<Columns>,
    taken: u32,
    skipped: u32,
}

impl Default for CsvReader {
    fn default() -> Self {
        Self::new(None)
    }
}

/// Whether a file of so many bytes can be read.
///
/// # Errors
/// When it is too large.
pub const fn check_size(bytes: u64) -> Result<(), CsvError> {
    if bytes > CSV_FILE_MAX_BYTES {
        return Err(CsvError { line: 1, fault: CsvFault::FileTooLarge });
    }
    Ok(())
}

impl CsvReader {
    /// For a file that is said to be in this encoding, if anything is said. A byte order mark in it goes before.
    pub const fn new(encoding: Option<TextEncoding>) -> Self {
        Self { input: Input::new(encoding), state: State::Begun(Vec::new()), bytes: 0 }
    }

    /// Takes the next part of the file.
    ///
    /// # Errors
    /// When no recipients can be taken from the file.
    pub fn read(&mut self, part: &[u8], intake: &mut impl Intake) -> Result<(), CsvError> {
        self.bytes += part.len() as u64;
        if self.bytes > CSV_FILE_MAX_BYTES {
            return Err(CsvError { line: self.line(), fault: CsvFault::FileTooLarge });
        }
        let text = self.input.decode(part, false);
        self.take(&text, false, intake)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When no recipients can be taken from the file.
    pub fn end(&mut self, intake: &mut impl Intake) -> Result<(), CsvError> {
        let text = self.input.decode(&[], true);
        self.take(&text, true, intake)?;
        // The last line may lack its end. Where a line break does not end the record, a quote is open.
        self.take(b"\n", true, intake)?;
        match &self.state {
            State::Rows(rows) if rows.records.is_open() => {
                Err(CsvError { line: rows.records.line(), fault: CsvFault::UnclosedQuote })
            }
            State::Rows(..) | State::Begun(_) => Ok(()),
        }
    }

    /// What its columns are, once its header was read.
    pub fn columns(&self) -> Option<&CsvColumns> {
        match &self.state {
            State::Rows(rows) => rows.columns.as_ref().map(Columns::named),
            State::Begun(_) => None,
        }
    }

    /// How many rows had nothing but empty cells.
    pub const fn skipped(&self) -> u32 {
        match &self.state {
            State::Rows(rows) => rows.skipped,
            State::Begun(_) => 0,
        }
    }

    fn line(&self) -> u64 {
        match &self.state {
            State::Rows(rows) => rows.records.line(),
            State::Begun(_) => 1,
        }
    }

    fn take(&mut self, text: &[u8], is_all: bool, intake: &mut impl Intake) -> Result<(), CsvError> {
        let encoding = self.input.other_name();
        match &mut self.state {
            State::Rows(rows) => rows.read(text, encoding, intake),
            State::Begun(begun) => {
                begun.extend_from_slice(text);
                match Beginning::of(begun, is_all) {
                    Beginning::Open => Ok(()),
                    Beginning::Empty => Err(CsvError { line: 1, fault: CsvFault::Empty }),
                    Beginning::Known(layout, has_zeros) => {
                        let begun = std::mem::take(begun);
                        let line = layout.skipped_lines + 1;
                        self.state = State::Rows(Box::new(Rows::new(layout)));
                        if has_zeros {
                            return Err(CsvError { line, fault: CsvFault::Utf16 });
                        }
                        self.take(&begun[layout.skip..], is_all, intake)
                    }
                }
            }
        }
    }
}

impl Rows {
    fn new(layout: Layout) -> Self {
        Self {
            unpadded: Unpadded::new(layout.delimiter, layout.is_padded),
            records: Records::new(layout.delimiter, layout.skipped_lines + 1),
            columns: None,
            taken: 0,
            skipped: 0,
        }
    }

    fn read(
        &mut self,
        text: &[u8],
        encoding: Option<&'static str>,
        intake: &mut impl Intake,
    ) -> Result<(), CsvError> {
        let Self { unpadded, records, columns, taken, skipped } = self;
        let (part, mut at) = (unpadded.read(text), 0);
        while records.advance(&part, &mut at) {
            let line = records.line();
            let error = |fault| CsvError { line, fault };
            let not_text = || error(encoding.map_or(CsvFault::NotUtf8, CsvFault::NotDecoded));
            match (records.current(), &columns) {
                (Current::NotUtf8, _) => return Err(not_text()),
                (Current::Oversized(oversize), None) => return Err(error(oversize.of_header())),
                (Current::Record(header), None) => *columns = Some(Columns::read(&header).map_err(error)?),
                (Current::Record(record), Some(_)) if is_empty(record.fields()) => *skipped += 1,
                (_, Some(_)) if *taken >= CAMPAIGN_ROWS_MAX => return Err(error(CsvFault::TooManyRows)),
                (Current::Oversized(oversize), Some(_)) => {
                    *taken += 1;
                    intake.take(Err(oversize.of_row(line)));
                }
                (Current::Record(record), Some(columns)) => {
                    *taken += 1;
                    row(columns, &record, line, intake);
                }
            }
            records.close();
        }
        Ok(())
    }
}

/// Whether there is nothing in any of these cells.
fn is_empty<'a>(mut cells: impl Iterator<Item = &'a str>) -> bool {
    cells.all(|cell| cell.chars().all(is_blank))
}

/// Hands on the recipient of a record. Cells that are missing at its end are empty; empty ones too many do not count.
fn row(columns: &Columns, record: &Record<'_>, line: u64, intake: &mut impl Intake) {
    let (place, phone) = (Place::Line(line), columns.phone(record));
    if !is_empty(record.fields().skip(columns.count())) {
        let detail = format!("the record has {} fields, the header has {}", record.count(), columns.count());
        return intake.take(Err(Rejection::new(place, phone, "", RowCode::WrongFieldCount, detail)));
    }
    let variables = CsvVariables { columns, record };
    let (phone, message) = (Cow::Borrowed(phone), columns.message(record));
    intake.take(Ok(Recipient { place, phone, message, variables: &variables }));
}

impl Oversize {
    const fn of_header(self) -> CsvFault {
        match self {
            Self::Bytes => CsvFault::HeaderTooLong,
            Self::Fields => CsvFault::TooManyColumns,
        }
    }

    fn of_row(self, line: u64) -> Rejection {
        let (code, detail) = match self {
            Self::Bytes => (
                RowCode::TooLong,
                format!("the record has more than {CSV_RECORD_MAX_BYTES} bytes; is a quote missing in it?"),
            ),
            Self::Fields => {
                (RowCode::WrongFieldCount, "the record has many more fields than the header".to_owned())
            }
        };
        Rejection::new(Place::Line(line), "", "", code, detail)
    }
}
