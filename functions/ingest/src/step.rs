//! A step of a chain: one segment is stored.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | 1. Read the campaign, strongly; what is to be done follows from how far it is. | Nothing has changed; the message comes again. |
//! | 2. Store the rows, each by a conditional write under its own id. | Some are stored. They are inert. Storing them again changes nothing, whatever has become of them. |
//! | 3. Note how many are stored. | The message comes again, finds the segment stored, and goes on at 4. |
//! | 4. Send the next step, unless others are further. | The message comes again. If the next step was noted meanwhile, it has nothing to do; else it sends the next step again, and of two chains the one that lags behind ends. |
//! | 5. After the last segment: note that all are stored. | From here on its rows are sent, if the session has a ticket of their priority. The message comes again and sends it. |
//! | 6. Send a ticket. | The message comes again and sends it once more, which does no harm. |
//!
//! A cancelled campaign stops the chain, and what was stored of it is cleared. A paused one is stored nevertheless: its
//! rows are inert until it is resumed.

use domain::bulk::Segment;
use domain::campaign::ingest::{IngestStep, StepWork, message_of};
use domain::campaign::{Campaign, CampaignState};
use domain::chores::Chore;
use domain::values::time::Timestamp;
use shared::ports::{
    BeginChores, CampaignFile, Clock, FileKind, NoteIngestion, PortError, ReadCampaigns, ReadFiles,
    SendChoreSteps, SendSteps,
};

use crate::announce::announce;
use crate::rows::store_rows;
use crate::{Deps, Ingesting};

/// Does what a step has to do. `id` is that of the delivered message: the same when it comes again.
pub(crate) async fn run<W: Ingesting>(
    deps: &Deps<W>,
    step: IngestStep,
    id: &str,
    deadline: Timestamp,
) -> Result<(), PortError> {
    let IngestStep { account_id, campaign_id, .. } = step;
    let Some(mut campaign) = deps.campaigns.get(account_id, campaign_id).await? else {
        tracing::warn!(%account_id, %campaign_id, "dropped a step of a campaign that is gone");
        return Ok(());
    };
    if step.work(&campaign) == StepWork::Store {
        store(deps, &campaign, step, deadline).await?;
        let stored = step.stored_after(campaign.total);
        let Some(noted) = deps.campaigns.note_stored(account_id, campaign_id, stored).await? else {
            return Ok(());
        };
        campaign = noted;
    }
    match step.work(&campaign) {
        StepWork::Nothing => Ok(()),
        StepWork::Clear => clear(deps, step).await,
        StepWork::Store | StepWork::GoOn => match step.next(campaign.total) {
            Some(next) => deps.steps.send(&next).await,
            None => finish(deps, &campaign, step, id).await,
        },
    }
}

async fn store<W: Ingesting>(
    deps: &Deps<W>,
    campaign: &Campaign,
    step: IngestStep,
    deadline: Timestamp,
) -> Result<(), PortError> {
    let IngestStep { account_id, campaign_id, segment } = step;
    let file = CampaignFile { account_id, campaign_id, kind: FileKind::Segment(segment) };
    let content = deps.files.get(file).await?;
    let content =
        content.ok_or_else(|| PortError::new("ingest.segment", format!("segment {segment} is gone")))?;
    let rows = Segment::read(&content).map_err(|error| PortError::new("ingest.segment", error))?;
    let messages = rows.into_iter().map(|row| message_of(campaign, row, deps.retention)).collect();
    store_rows(&deps.messages, &deps.clock, messages, deadline).await
}

/// All rows are stored: they may be sent, and the session must be told.
async fn finish<W: Ingesting>(
    deps: &Deps<W>,
    campaign: &Campaign,
    step: IngestStep,
    id: &str,
) -> Result<(), PortError> {
    let Campaign { account_id, campaign_id, total, rejected, .. } = *campaign;
    let now = deps.clock.now();
    let noted = deps.campaigns.note_ingested(account_id, campaign_id, total, rejected, now).await?;
    if is_cancelled(noted.as_ref()) {
        return clear(deps, step).await;
    }
    tracing::info!(%account_id, %campaign_id, total, "stored a campaign");
    announce(&deps.announcer, campaign, id, deps.clock.now()).await
}

fn is_cancelled(campaign: Option<&Campaign>) -> bool {
    campaign.is_some_and(|campaign| campaign.state == CampaignState::Cancelled)
}

/// What was stored since the cancel is cancelled, too.
async fn clear<W: Ingesting>(deps: &Deps<W>, step: IngestStep) -> Result<(), PortError> {
    let IngestStep { account_id, campaign_id, .. } = step;
    tracing::info!(%account_id, %campaign_id, "stopped storing a cancelled campaign");
    // From the first row on: a clearing that is at work may be past the rows that were stored meanwhile.
    let step =
        deps.chores.start_over(&Chore::clear_campaign(account_id, campaign_id), deps.clock.now()).await?;
    deps.chore_steps.send(&step, 0).await
}
