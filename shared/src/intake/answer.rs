//! What callers are told of a campaign that comes in.

use domain::bulk::csv::CsvError;
use domain::bulk::{Prepared, Rejection};
use domain::campaign::Campaign;
use domain::limits::FIELD_ERRORS_MAX;
use serde_json::{Map, Value, json};

use crate::http::{ErrorCode, Problem, RowError};

/// `{jobId, campaignId, status, accepted, rejectedTotal, rejected, rejectedUrl}`.
pub fn accepted(campaign: &Campaign, prepared: &Prepared) -> Value {
    let id = campaign.campaign_id.to_string();
    let list = (prepared.rejected > 0).then(|| format!("/api/v1/campaigns/{id}/rejected"));
    json!({
        "jobId": id,
        "campaignId": id,
        "status": campaign.status().name(),
        "accepted": prepared.accepted,
        "rejectedTotal": prepared.rejected,
        "rejected": prepared.first_rejected.iter().map(row).collect::<Vec<_>>(),
        "rejectedUrl": list,
    })
}

fn row(rejection: &Rejection) -> Value {
    let mut row = Map::new();
    row.insert(rejection.place.name().to_owned(), rejection.place.number().into());
    row.insert("phone".to_owned(), rejection.phone.clone().into());
    row.insert("code".to_owned(), rejection.code.name().into());
    row.insert("detail".to_owned(), rejection.detail.clone().into());
    Value::Object(row)
}

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
