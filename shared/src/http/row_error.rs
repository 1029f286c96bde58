//! What is wrong with a row of a campaign, in a problem document.

use domain::bulk::csv::CsvError;
use domain::bulk::{Place, Rejection};
use serde_json::{Value, json};

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
    /// `pointer` or `line`, `code` and `detail`.
    pub(super) fn document(&self) -> Value {
        match &self.place {
            RowPlace::Pointer(pointer) => {
                json!({ "pointer": pointer, "code": self.code, "detail": self.detail })
            }
            RowPlace::Line(line) => json!({ "line": line, "code": self.code, "detail": self.detail }),
        }
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
