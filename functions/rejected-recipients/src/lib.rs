//! `GET /campaigns/{id}/rejected`: the rejected recipients, as a CSV file.

use domain::limits::REJECTED_LINK_MS;
use domain::tuning::REJECTED_ANSWER_MAX_BYTES;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, campaign_id, campaign_not_found,
};
use shared::ports::{CampaignFile, FileKind, FileParts, LinkFiles, PortError, ReadCampaigns, ReadFiles};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};

/// What a file without recipients has.
const HEADER: &str = "line,phone,code,detail\r\n";

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "List the rejected recipients of a campaign",
    answers: &[
        Answer::text(200, "The list.", "text/csv"),
        Answer::empty(303, "A long list is at this address for some minutes."),
    ],
    refusals: &[ErrorCode::CampaignNotFound],
    ..Endpoint::get("/campaigns/{id}/rejected", "rejectedRecipients")
};

deps! {
    ListingRejected {
        campaigns: Campaigns: ReadCampaigns,
        files: Files: ReadFiles + LinkFiles,
    }
}

/// Shows who was rejected.
pub async fn handle<W: ListingRejected>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
    let campaign_id = campaign_id(&request)?;
    if deps.campaigns.get(account_id, campaign_id).await?.is_none() {
        return Err(campaign_not_found(&campaign_id.to_string()));
    }
    let file = CampaignFile { account_id, campaign_id, kind: FileKind::Rejected };
    match content(&deps.files, file).await? {
        Content::Whole(content) => Ok(ApiResponse::csv_file(&format!("rejected-{campaign_id}.csv"), content)),
        Content::TooLarge => Ok(ApiResponse::see_other(&deps.files.link(file, now, REJECTED_LINK_MS).await?)),
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

enum Content {
    Whole(Vec<u8>),
    TooLarge,
}

/// The file, as far as an answer can hold it.
async fn content(files: &impl ReadFiles, file: CampaignFile) -> Result<Content, PortError> {
    let Some(mut parts) = files.open(file).await? else {
        return Ok(Content::Whole(HEADER.into()));
    };
    let mut content = Vec::new();
    while let Some(part) = parts.next().await? {
        content.extend_from_slice(&part);
        if content.len() > REJECTED_ANSWER_MAX_BYTES {
            return Ok(Content::TooLarge);
        }
    }
    Ok(Content::Whole(content))
}
