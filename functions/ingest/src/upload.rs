//! A file that has arrived.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | 1. The campaign is stored, without its total. | It is `ingesting`; the event comes again and goes on at 2. |
//! | 2. Segments and the list of rejected rows are stored. | As 1: the same file gives the same segments again. |
//! | 3. Total and rejected are noted. | The event comes again, finds them noted, and goes on at 4. |
//! | 4. The first step is sent. | The event comes again and sends it again: the second finds that others are further. |
//! | 5. The file is deleted. | The event comes again, finds the total noted, and deletes nothing. |
//!
//! The file cannot change while it is read: its address takes no upload while one is there. One that comes after 5 finds the
//! total noted, and is deleted unread. A file that is refused is deleted in the same way.

use domain::bulk::csv::CsvError;
use domain::bulk::refused_file;
use domain::campaign::CampaignState;
use domain::campaign::ingest::IngestStep;
use shared::intake::{Draft, prepare_file};
use shared::ports::{
    CampaignFile, Clock, CreateCampaigns, DiscardUploads, FileKind, NoteIngestion, PortError, ReadFiles,
    SendSteps, WriteFiles,
};

use crate::{Deps, Ingesting};

/// Prepares a file, begins its ingestion, and deletes the file, which is a list of people's numbers.
pub(crate) async fn run<W: Ingesting>(deps: &Deps<W>, file: CampaignFile) -> Result<(), PortError> {
    take(deps, file).await?;
    deps.files.discard(file).await
}

async fn take<W: Ingesting>(deps: &Deps<W>, file: CampaignFile) -> Result<(), PortError> {
    let CampaignFile { account_id, campaign_id, .. } = file;
    let Some(draft) = draft(&deps.files, file).await? else {
        tracing::warn!(%account_id, %campaign_id, "dropped an upload that nobody asked for");
        return Ok(());
    };
    let mut campaign = deps.campaigns.create(&draft.campaign(0, 0)).await?;
    if campaign.total == 0 && campaign.ingested_at.is_none() && campaign.state != CampaignState::Cancelled {
        let Some(parts) = deps.files.open(file).await? else {
            tracing::warn!(%account_id, %campaign_id, "an upload is gone");
            return Ok(());
        };
        let (accepted, rejected) = match prepare_file(&deps.files, &draft, parts).await? {
            Ok(prepared) => (prepared.accepted, prepared.rejected),
            Err(error) => refuse(&deps.files, &draft, error).await?,
        };
        tracing::info!(%account_id, %campaign_id, accepted, rejected, "prepared an upload");
        if accepted == 0 {
            return end(deps, &draft, rejected).await;
        }
        let noted = deps.campaigns.note_prepared(account_id, campaign_id, accepted, rejected).await?;
        let Some(noted) = noted else { return Ok(()) };
        campaign = noted;
    }
    if campaign.total == 0 {
        return Ok(());
    }
    deps.steps.send(&IngestStep::first(&campaign)).await
}

async fn draft(files: &impl ReadFiles, file: CampaignFile) -> Result<Option<Draft>, PortError> {
    let Some(kept) = files.get(CampaignFile { kind: FileKind::Draft, ..file }).await? else {
        return Ok(None);
    };
    let draft: Draft =
        serde_json::from_slice(&kept).map_err(|error| PortError::new("ingest.draft", error))?;
    let is_its_own = draft.file(FileKind::Upload) == file;
    Ok(is_its_own.then_some(draft))
}

/// Nobody waits for an answer: the list of rejected rows says what is wrong with the file.
async fn refuse(files: &impl WriteFiles, draft: &Draft, error: CsvError) -> Result<(u32, u32), PortError> {
    files.put(draft.file(FileKind::Rejected), refused_file(error).into()).await?;
    Ok((0, 1))
}

/// A campaign that nobody is left of is finished.
async fn end<W: Ingesting>(deps: &Deps<W>, draft: &Draft, rejected: u32) -> Result<(), PortError> {
    let now = deps.clock.now();
    deps.campaigns.note_ingested(draft.account_id, draft.campaign_id, 0, rejected, now).await.map(drop)
}
