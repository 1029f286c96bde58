//! From the bytes of a file to recipients.

use super::columns::{Columns, CsvVariables, delimiter};
use super::error::{CsvError, CsvFault};
use super::records::{Current, Oversize, Record, Records};
use crate::bulk::{Intake, Place, Recipient, Rejection, RowCode};
use crate::limits::{CAMPAIGN_ROWS_MAX, CSV_FILE_MAX_BYTES, CSV_RECORD_MAX_BYTES};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads a file as it comes in.
///
/// [`CsvReader::read`] takes the parts, [`CsvReader::end`] comes after the last one. Both hand on each recipient, or why it
/// was rejected.
#[derive(Debug)]
pub struct CsvReader {
    state: State,
    rows: u32,
    bytes: u64,
}

#[derive(Debug)]
enum State {
    /// The first line is not complete: what there is of the file.
    Begun(Vec<u8>),
    /// The records, and the columns once the header was read.
    Records(Box<Records>, Option<Columns>),
}

impl Default for CsvReader {
    fn default() -> Self {
        Self { state: State::Begun(Vec::new()), rows: 0, bytes: 0 }
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
    /// Takes the next part of the file.
    ///
    /// # Errors
    /// When no recipients can be taken from the file.
    pub fn read(&mut self, part: &[u8], intake: &mut impl Intake) -> Result<(), CsvError> {
        self.bytes += part.len() as u64;
        if self.bytes > CSV_FILE_MAX_BYTES {
            return Err(CsvError { line: self.line(), fault: CsvFault::FileTooLarge });
        }
        match &mut self.state {
            State::Records(..) => self.read_records(part, intake),
            State::Begun(begun) => {
                begun.extend_from_slice(part);
                self.begin(false, intake)
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When no recipients can be taken from the file.
    pub fn end(&mut self, intake: &mut impl Intake) -> Result<(), CsvError> {
        self.begin(true, intake)?;
        // The last line may lack its end. Where a line break does not end the record, a quote is open.
        self.read_records(b"\n", intake)?;
        match &self.state {
            State::Records(records, _) if records.is_open() => {
                Err(CsvError { line: records.line(), fault: CsvFault::UnclosedQuote })
            }
            State::Records(..) | State::Begun(_) => Ok(()),
        }
    }

    fn line(&self) -> u64 {
        match &self.state {
            State::Records(records, _) => records.line(),
            State::Begun(_) => 1,
        }
    }

    /// Looks for the end of the first line in what has come so far: what divides the columns must be known before the
    /// first record is read.
    fn begin(&mut self, is_all: bool, intake: &mut impl Intake) -> Result<(), CsvError> {
        let State::Begun(begun) = &mut self.state else { return Ok(()) };
        let begun = std::mem::take(begun);
        let text = begun.strip_prefix(BOM).unwrap_or(&begun);
        let line = first_line(text);
        let is_utf_16 = begun.starts_with(b"\xFF\xFE") || begun.starts_with(b"\xFE\xFF");
        if is_utf_16 || line.is_some_and(|(line, _)| line.contains(&0)) {
            return Err(CsvError { line: 1, fault: CsvFault::Utf16 });
        }
        match line {
            Some((line, is_complete)) if is_complete || is_all || line.len() > CSV_RECORD_MAX_BYTES => {
                self.state = State::Records(Box::new(Records::new(delimiter(line))), None);
                self.read_records(text, intake)
            }
            // Blank lines in front count like a header: a file of nothing else must not be kept whole.
            None if is_all || text.len() > CSV_RECORD_MAX_BYTES => {
                Err(CsvError { line: 1, fault: CsvFault::Empty })
            }
            Some(_) | None => {
                self.state = State::Begun(begun);
                Ok(())
            }
        }
    }

    fn read_records(&mut self, part: &[u8], intake: &mut impl Intake) -> Result<(), CsvError> {
        let State::Records(records, columns) = &mut self.state else { return Ok(()) };
        let mut at = 0;
        while records.advance(part, &mut at) {
            let line = records.line();
            let error = |fault| CsvError { line, fault };
            match (records.current(), &columns) {
                (Current::NotUtf8, _) => return Err(error(CsvFault::NotUtf8)),
                (Current::Oversized(oversize), None) => return Err(error(oversize.of_header())),
                (Current::Record(header), None) => *columns = Some(Columns::read(&header).map_err(error)?),
                (_, Some(_)) if self.rows >= CAMPAIGN_ROWS_MAX => return Err(error(CsvFault::TooManyRows)),
                (Current::Oversized(oversize), Some(_)) => {
                    self.rows += 1;
                    intake.take(Err(oversize.of_row(line)));
                }
                (Current::Record(record), Some(columns)) => {
                    self.rows += 1;
                    row(columns, &record, line, intake);
                }
            }
            records.close();
        }
        Ok(())
    }
}

/// Hands on the recipient of a record.
fn row(columns: &Columns, record: &Record<'_>, line: u64, intake: &mut impl Intake) {
    let (place, phone) = (Place::Line(line), columns.phone(record));
    if record.count() != columns.count() {
        let detail = format!("the record has {} fields, the header has {}", record.count(), columns.count());
        return intake.take(Err(Rejection::new(place, phone, "", RowCode::WrongFieldCount, detail)));
    }
    let variables = CsvVariables { columns, record };
    intake.take(Ok(Recipient { place, phone, message: columns.message(record), variables: &variables }));
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

/// The first line that is not blank, and whether it is there to its end.
fn first_line(text: &[u8]) -> Option<(&[u8], bool)> {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let start = text.iter().position(|byte| !is_break(byte))?;
    let line = &text[start..];
    let end = line.iter().position(is_break);
    Some((&line[..end.unwrap_or(line.len())], end.is_some()))
}
