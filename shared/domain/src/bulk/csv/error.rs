//! What is wrong with a file as a whole.

use crate::limits::{CAMPAIGN_ROWS_MAX, CSV_COLUMNS_MAX, CSV_FILE_MAX_BYTES, CSV_RECORD_MAX_BYTES};

/// A file that no recipients can be taken from, and the line where that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvError {
    /// The line; the header is line 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: CsvFault,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvFault {
    /// There is nothing in it.
    Empty,
    /// Its bytes are not UTF-8.
    NotUtf8,
    /// Its bytes are not of the encoding that it is in.
    NotDecoded(&'static str),
    /// Its header holds the zero bytes of UTF-16, which it does not say that it is.
    Utf16,
    /// Its header is too long.
    HeaderTooLong,
    /// Its header has too many columns.
    TooManyColumns,
    /// Its header has no column `phone`.
    NoPhoneColumn,
    /// Its header has a column twice.
    ColumnTwice,
    /// A quote is opened and never closed.
    UnclosedQuote,
    /// It has more rows than a campaign may have.
    TooManyRows,
    /// It has more bytes than a file may have.
    FileTooLarge,
}

impl CsvFault {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NotUtf8 | Self::NotDecoded(_) | Self::Utf16 => "invalid_encoding",
            Self::HeaderTooLong | Self::TooManyColumns => "header_too_long",
            Self::NoPhoneColumn => "missing_column",
            Self::ColumnTwice => "duplicate_column",
            Self::UnclosedQuote => "unclosed_quote",
            Self::TooManyRows => "too_many_rows",
            Self::FileTooLarge => "file_too_large",
        }
    }
}

impl std::fmt::Display for CsvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = self.line;
        match self.fault {
            CsvFault::Empty => f.write_str("the file is empty; its first line must name the columns"),
            CsvFault::NotUtf8 => write!(
                f,
                "line {line} is not UTF-8; save the file as CSV in UTF-8, or give its encoding, such as windows-1252"
            ),
            CsvFault::NotDecoded(encoding) => write!(f, "line {line} is not {encoding}"),
            CsvFault::Utf16 => f.write_str(
                "the file looks like UTF-16 without a byte order mark; save it as CSV in UTF-8, or give its encoding, utf-16le or utf-16be",
            ),
            CsvFault::HeaderTooLong => {
                write!(f, "the header must have at most {CSV_RECORD_MAX_BYTES} bytes")
            }
            CsvFault::TooManyColumns => write!(f, "the header must have at most {CSV_COLUMNS_MAX} columns"),
            CsvFault::NoPhoneColumn => f.write_str(
                "the header has no column phone; it must name the columns, divided by commas, semicolons or tabs",
            ),
            CsvFault::ColumnTwice => f.write_str("the header names a column twice"),
            CsvFault::UnclosedQuote => write!(f, "a quote that is opened in the record of line {line} never ends"),
            CsvFault::FileTooLarge => write!(f, "a file has at most {CSV_FILE_MAX_BYTES} bytes"),
            CsvFault::TooManyRows => write!(f, "a campaign has at most {CAMPAIGN_ROWS_MAX} recipients"),
        }
    }
}

impl std::error::Error for CsvError {}
