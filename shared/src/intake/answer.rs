//! The answer to a request that creates a campaign.

use domain::bulk::Prepared;
use domain::bulk::csv::CsvError;
use domain::limits::FIELD_ERRORS_MAX;

use crate::http::{ErrorCode, Problem, RowError};

/// The refusal of a campaign that nobody is left of.
pub(super) fn not_kept(prepared: &Prepared) -> Problem {
    let detail = match prepared.rejected {
        0 => "There are no recipients.".to_owned(),
        1 => "The only recipient cannot be sent to; see errors.".to_owned(),
        count => format!("None of the {count} recipients can be sent to; errors has the first of them."),
    };
    let rows = prepared.first_rejected.iter().take(FIELD_ERRORS_MAX).map(RowError::from);
    Problem { rows: rows.collect(), ..Problem::new(ErrorCode::ValidationFailed, detail) }
}

/// The refusal of a file that no recipients can be taken from.
pub fn refused_file(error: CsvError) -> Problem {
    let detail = format!("The file cannot be read: {error}.");
    Problem { rows: vec![error.into()], ..Problem::new(ErrorCode::ValidationFailed, detail) }
}
