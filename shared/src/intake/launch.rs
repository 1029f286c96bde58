//! Handing a prepared campaign over to ingestion.

use bytes::Bytes;
use domain::bulk::Prepared;
use domain::campaign::ingest::IngestStep;
use domain::campaign::{Campaign, CampaignState};

use super::answer::not_kept;
use super::draft::Draft;
use crate::decisions::decide;
use crate::http::{ErrorCode, Problem};
use crate::ports::{ControlCampaigns, CreateCampaigns, FileKind, PortError, SendSteps, WriteFiles};

/// A campaign was not handed over.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Failed {
    /// Whether it is certain that no message of the campaign is sent.
    pub is_withdrawn: bool,
    /// Why.
    pub cause: PortError,
}

/// Stores the body of the request unchanged, and hands the campaign over to ingestion if it has anything to send. `is_repeat`
/// says that an earlier run of the same request may have done so.
pub async fn begin(
    campaigns: &(impl CreateCampaigns + ControlCampaigns),
    files: &impl WriteFiles,
    steps: &impl SendSteps,
    draft: &Draft,
    prepared: &Prepared,
    (kind, content): (FileKind, Bytes),
    is_repeat: bool,
) -> Result<Campaign, Problem> {
    if prepared.accepted == 0 {
        return Err(not_kept(prepared));
    }
    files.put(draft.file(kind), content).await?;
    if is_repeat {
        return relaunch(campaigns, steps, draft, prepared).await;
    }
    Ok(launch(campaigns, steps, draft, prepared).await?)
}

/// Stores a campaign whose files are stored, and begins its ingestion. Doing this twice has the same effect as doing it once.
pub async fn launch(
    campaigns: &(impl CreateCampaigns + ControlCampaigns),
    steps: &impl SendSteps,
    draft: &Draft,
    prepared: &Prepared,
) -> Result<Campaign, Failed> {
    let campaign = draft.campaign(prepared.accepted, prepared.rejected);
    let campaign = match campaigns.create(&campaign).await {
        Ok(campaign) => campaign,
        Err(cause) => return Err(withdrawn(campaigns, &campaign, cause).await),
    };
    match steps.send(&IngestStep::first(&campaign)).await {
        Ok(()) => Ok(campaign),
        Err(cause) => Err(withdrawn(campaigns, &campaign, cause).await),
    }
}

/// Starts the campaign again after an earlier run of the same request, whose caller may know of it. So nothing is cancelled
/// here.
async fn relaunch(
    campaigns: &impl CreateCampaigns,
    steps: &impl SendSteps,
    draft: &Draft,
    prepared: &Prepared,
) -> Result<Campaign, Problem> {
    let campaign = campaigns.create(&draft.campaign(prepared.accepted, prepared.rejected)).await?;
    if campaign.state == CampaignState::Cancelled {
        return Err(Problem::taken_back());
    }
    steps.send(&IngestStep::first(&campaign)).await?;
    Ok(campaign)
}

/// The step, or a late copy of it, may arrive nevertheless: it then finds the campaign cancelled.
async fn withdrawn(campaigns: &impl ControlCampaigns, campaign: &Campaign, cause: PortError) -> Failed {
    let cancelled = decide(campaigns, campaign.clone(), Campaign::cancel).await;
    Failed { is_withdrawn: cancelled.is_ok(), cause }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        if !failed.is_withdrawn {
            return failed.cause.into();
        }
        let detail =
            "The campaign could not be started, and nothing of it is sent; it is safe to send it again.";
        Self {
            cause: Some(failed.cause.to_string()),
            kept_nothing: true,
            ..Self::new(ErrorCode::Unavailable, detail)
        }
    }
}
