//! Recipients in CSV, read as the bytes come in.
//!
//! The bytes pass through these, each of which knows only what it needs:
//!
//! | part | what it does |
//! |---|---|
//! | `encoding` | makes UTF-8 of them, by the byte order mark, or by what the file is said to be |
//! | `layout` | finds out what divides the columns: a line `sep=;` tells it, or the header shows it |
//! | `padding` | leaves out a blank behind each delimiter, where the header has them |
//! | `records` | divides them into records; quoted cells may hold line breaks, lines end with CRLF, LF or CR |
//! | `columns` | says what each cell of a record is |
//!
//! Cells are passed on unchanged. Memory does not grow with the file: a record has a greatest length, and what is longer is
//! passed over and named.

mod columns;
mod encoding;
mod error;
mod layout;
mod padding;
mod reader;
mod records;

pub use columns::CsvColumns;
pub use encoding::{NotAnEncoding, TextEncoding};
pub use error::{CsvError, CsvFault};
pub use reader::{CsvReader, check_size};
