//! A campaign that was accepted.

use domain::bulk::csv::CsvColumns;
use domain::bulk::{Place, Prepared, Rejection};
use domain::campaign::{Campaign, CampaignStatus};
use domain::values::ids::CampaignId;
use serde::Serialize;

/// A campaign that was accepted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CampaignAccepted"))]
pub struct CampaignAcceptedView<'a> {
    /// The campaign's id.
    pub job_id: CampaignId,
    /// The same.
    pub campaign_id: CampaignId,
    /// Its state.
    pub status: CampaignStatus,
    /// How many recipients were accepted.
    pub accepted: u32,
    /// How many recipients were rejected.
    pub rejected_total: u32,
    /// The first of the recipients that were rejected.
    pub rejected: Vec<RejectedRow<'a>>,
    /// How many rows of a file had nothing in them, and count neither as accepted nor as rejected.
    pub skipped_rows: u32,
    /// What the columns of a file are; null for a list in JSON.
    pub columns: Option<ColumnsView<'a>>,
    /// The path of the list of all recipients that were rejected; null when there are none.
    pub rejected_url: Option<String>,
}

/// What the columns of a file are, by their names in it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct ColumnsView<'a> {
    /// That of the phone number.
    pub phone: &'a str,
    /// Those of variables.
    pub variables: &'a [String],
}

/// A recipient that was rejected: `index` of a list from 0, or `line` of a file from 1.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RejectedRow"))]
pub struct RejectedRow<'a> {
    /// Its place in the list, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub index: Option<u64>,
    /// Its line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub line: Option<u64>,
    /// Its number as it was given.
    pub phone: &'a str,
    /// Why, for programs.
    pub code: &'static str,
    /// Why, for people.
    pub detail: &'a str,
}

/// A campaign that was accepted, with the first of the recipients that were rejected.
pub fn accepted<'a>(campaign: &Campaign, prepared: &'a Prepared) -> CampaignAcceptedView<'a> {
    let id = campaign.campaign_id;
    CampaignAcceptedView {
        job_id: id,
        campaign_id: id,
        status: campaign.status(),
        accepted: prepared.accepted,
        rejected_total: prepared.rejected,
        rejected: prepared.first_rejected.iter().map(rejected_row).collect(),
        skipped_rows: prepared.skipped,
        columns: prepared.columns.as_ref().map(columns_view),
        rejected_url: (prepared.rejected > 0).then(|| format!("/api/v1/campaigns/{id}/rejected")),
    }
}

fn columns_view(columns: &CsvColumns) -> ColumnsView<'_> {
    ColumnsView { phone: &columns.phone, variables: &columns.variables }
}

fn rejected_row(rejection: &Rejection) -> RejectedRow<'_> {
    let (index, line) = match rejection.place {
        Place::Index(index) => (Some(index), None),
        Place::Line(line) => (None, Some(line)),
    };
    RejectedRow {
        index,
        line,
        phone: &rejection.phone,
        code: rejection.code.name(),
        detail: &rejection.detail,
    }
}
