//! `GET /campaigns/{id}/rejected`: the recipients that were turned away, as a CSV file.

#![allow(async_fn_in_trait)]

use domain::limits::REJECTED_LINK_MS;
use domain::tuning::REJECTED_ANSWER_MAX_BYTES;
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, campaign_id, campaign_not_found};
use shared::ports::{
    CampaignFile, Clock, FileKind, FileParts, LinkFiles, PortError, ReadCampaigns, ReadFiles,
};

/// What a file without recipients has.
const HEADER: &str = "line,phone,code,detail\r\n";

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, G, B, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of campaigns.
    pub campaigns: G,
    /// The files of campaigns.
    pub files: B,
    /// Time.
    pub clock: C,
}

/// Shows who was turned away.
pub async fn handle<F, G, B, C>(deps: &Deps<F, G, B, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    G: ReadCampaigns,
    B: ReadFiles + LinkFiles,
    C: Clock,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
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
