//! Cancels the waiting messages of a deleted session, a few rows at a time, and removes the session in the end.
//!
//! The session is inert already: nothing new is accepted, and dispatch sends nothing of it. Here its campaigns are
//! cancelled, so that no more of their rows are stored, and each waiting message ends in a state of its own. Everything here may
//! be done twice, and by two at once. When this dies anywhere, its timer item comes again; the item of the next step is
//! sent before this one is deleted.
//!
//! A function that has read the session before it was deleted may still store a message or a campaign. So the last look,
//! after which the session is removed, comes when no such function can be at work any more.

use domain::campaign::{Campaign, CampaignStatus};
use domain::sending::timer::{CampaignWalk, TimerItem};
use domain::session::Deletion;
use domain::tuning::{CLEAR_AGAIN_S, CLEAR_CAMPAIGNS, CLEAR_IN_FLIGHT, CLEAR_ROWS, DELETION_SETTLED_MS};
use domain::values::ids::{AccountId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use shared::decisions::decide;
use shared::ports::{
    CancelMessages, ClearMessages, ControlCampaigns, FinishDeletions, ListCampaigns, PortError, ReadLines,
    SendLater,
};

use crate::clear::end_waiting;

/// A step of a deletion.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) session_id: SessionId,
    pub(crate) campaigns: CampaignWalk,
}

impl Step {
    const fn item(self, campaigns: CampaignWalk) -> TimerItem {
        TimerItem::ClearSession { session_id: self.session_id, campaigns }
    }
}

/// Does a step, and sends the item of the next one.
pub(crate) async fn clear_session(
    deletions: &impl FinishDeletions,
    campaigns: &(impl ListCampaigns + ControlCampaigns),
    messages: &(impl CancelMessages + ClearMessages + ReadLines),
    timer: &impl SendLater,
    step: Step,
    now: Timestamp,
) -> Result<(), PortError> {
    let deletion = deletions.deletion(step.session_id).await?;
    let settles_at = match deletion {
        // The item was sent before the mark, which then was not set.
        Deletion::No => return Ok(()),
        Deletion::Marked { account_id, at } => {
            let walk = take_back_campaigns(campaigns, account_id, step).await?;
            if walk != CampaignWalk::Done {
                return timer.send_later(&step.item(walk), 0).await;
            }
            Some(at.plus_millis(DELETION_SETTLED_MS))
        }
        Deletion::Gone => None,
    };
    match (clear_rows(messages, step.session_id, now).await?, settles_at) {
        (Cleared::Some, _) => timer.send_later(&step.item(CampaignWalk::Done), 0).await,
        (Cleared::InHand, _) => timer.send_later(&step.item(CampaignWalk::Done), CLEAR_AGAIN_S).await,
        (Cleared::Nothing, Some(at)) if now < at => {
            let seconds = u32::try_from(at.millis_since(now) / 1_000).unwrap_or(0) + 1;
            timer.send_later(&step.item(CampaignWalk::Start), seconds).await
        }
        // What was stored while the rows were cleared has its campaign cancelled, too.
        (Cleared::Nothing, Some(_)) if step.campaigns == CampaignWalk::Done => {
            timer.send_later(&step.item(CampaignWalk::Start), 0).await
        }
        (Cleared::Nothing, Some(_)) => {
            deletions.remove(step.session_id).await?;
            tracing::info!(session_id = %step.session_id, "removed a deleted session");
            Ok(())
        }
        (Cleared::Nothing, None) => Ok(()),
    }
}

/// Cancels the session's campaigns among a page of its account's; returns where to go on.
async fn take_back_campaigns(
    campaigns: &(impl ListCampaigns + ControlCampaigns),
    account_id: AccountId,
    step: Step,
) -> Result<CampaignWalk, PortError> {
    let before = match step.campaigns {
        CampaignWalk::Start => None,
        CampaignWalk::Before(campaign_id) => Some(campaign_id),
        CampaignWalk::Done => return Ok(CampaignWalk::Done),
    };
    let page = campaigns.list(account_id, before, CLEAR_CAMPAIGNS).await?;
    for campaign in page.campaigns.into_iter().filter(|campaign| is_alive(campaign, step.session_id)) {
        decide(campaigns, campaign, Campaign::cancel).await?;
    }
    Ok(page.next.map_or(CampaignWalk::Done, CampaignWalk::Before))
}

fn is_alive(campaign: &Campaign, session_id: SessionId) -> bool {
    let has_not_ended = match campaign.status() {
        CampaignStatus::Ingesting | CampaignStatus::Active | CampaignStatus::Paused => true,
        CampaignStatus::Cancelled | CampaignStatus::Finished => false,
    };
    campaign.session_id == session_id && has_not_ended
}

/// What a look at the line came to.
enum Cleared {
    /// Nothing waits.
    Nothing,
    /// Some ended; there may be more.
    Some,
    /// All that is left is in the hands of a worker.
    InHand,
}

async fn clear_rows(
    messages: &(impl CancelMessages + ClearMessages + ReadLines),
    session_id: SessionId,
    now: Timestamp,
) -> Result<Cleared, PortError> {
    let keys = messages.waiting(session_id, None, CLEAR_ROWS).await?.keys;
    let mut in_hand = 0;
    for some in keys.chunks(CLEAR_IN_FLIGHT) {
        let keys = some.iter().map(|key| MessageKey { session_id, message_id: key.message_id });
        let ended = try_join_all(keys.map(|key| end_waiting(messages, key, now))).await?;
        in_hand += ended.iter().filter(|has_ended| !**has_ended).count();
    }
    Ok(match keys.len() {
        0 => Cleared::Nothing,
        all if all == in_hand => Cleared::InHand,
        _ => Cleared::Some,
    })
}
