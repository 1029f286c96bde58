//! Recipients in CSV, read as the bytes come in.
//!
//! UTF-8 with or without byte order mark; comma, semicolon or tab, as the header uses them; quoted fields may hold line
//! breaks; lines end with CRLF, LF or CR. Cells are passed on unchanged. Memory does not grow with the file: a record
//! has a greatest length, and what is longer is passed over and named.

mod columns;
mod error;
mod reader;
mod records;

pub use error::{CsvError, CsvFault};
pub use reader::{CsvReader, check_size};
