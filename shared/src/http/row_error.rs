//! What is wrong with a row of a campaign, in a problem document.

use domain::bulk::csv::CsvError;
use domain::bulk::{Place, Rejection};

use crate::views::ErrorView;

/// What is wrong with a row, or with a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    place: RowPlace,
    code: &'static str,
    detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RowPlace {
    /// JSON pointer (RFC 6901).
    Pointer(String),
    /// A line, from 1.
    Line(u64),
}

impl RowError {
    /// How a problem document shows it.
    pub(super) fn view(&self) -> ErrorView<'_> {
        let (pointer, line) = match &self.place {
            RowPlace::Pointer(pointer) => (Some(pointer.as_str()), None),
            RowPlace::Line(line) => (None, Some(*line)),
        };
        ErrorView { pointer, line, code: self.code, detail: &self.detail }
    }
}

impl From<&Rejection> for RowError {
    fn from(rejection: &Rejection) -> Self {
        let place = match rejection.place {
            Place::Index(_) => RowPlace::Pointer(rejection.pointer()),
            Place::Line(line) => RowPlace::Line(line),
        };
        Self { place, code: rejection.code.name(), detail: rejection.detail.clone() }
    }
}

impl From<CsvError> for RowError {
    fn from(error: CsvError) -> Self {
        Self { place: RowPlace::Line(error.line), code: error.fault.name(), detail: error.to_string() }
    }
}
