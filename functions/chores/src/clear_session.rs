//! Cancels the waiting messages of a deleted session, and removes the session in the end.
//!
//! The session is inert already: nothing new is accepted, and dispatch sends nothing of it. Here its campaigns are
//! cancelled, so that no more of their rows are stored, and each waiting message ends in a state of its own. Everything here
//! may be done twice, and by two at once.
//!
//! A function that has read the session before it was deleted may still store a message or a campaign. So the last look,
//! after which the session is removed, comes when no such function can be at work any more.

use domain::campaign::{Campaign, CampaignStatus};
use domain::chores::{CampaignWalk, Chore};
use domain::session::Deletion;
use domain::tuning::{CLEAR_AGAIN_S, CLEAR_CAMPAIGNS, CLEAR_IN_FLIGHT, CLEAR_ROWS, DELETION_SETTLED_MS};
use domain::values::ids::{AccountId, CampaignId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use shared::decisions::decide;
use shared::ports::{Clock, FinishDeletions, ListCampaigns, PortError, ReadLines};

use crate::clear_campaign::end_waiting;
use crate::{Deps, DoingChores, Progress};

/// Clears a deleted session as far as the time goes: first its campaigns, then its line.
pub(crate) async fn clear_session<W: DoingChores>(
    deps: &Deps<W>,
    session_id: SessionId,
    campaigns: CampaignWalk,
    until: Timestamp,
) -> Result<Progress, PortError> {
    let at = |campaigns| Chore::ClearSession { session_id, campaigns };
    let deletion = deps.deletions.deletion(session_id).await?;
    // The chore was opened before the mark, which then was not set.
    if matches!(deletion, Deletion::No) {
        return Ok(Progress::Done);
    }
    if let Deletion::Marked { account_id, .. } = deletion {
        let walk = cancel_campaigns(deps, (account_id, session_id), campaigns, until).await?;
        if walk != CampaignWalk::Done {
            return Ok(Progress::More(at(walk), 0));
        }
    }
    match (clear_line(deps, session_id, until).await?, deletion) {
        (Line::Some, _) => Ok(Progress::More(at(CampaignWalk::Done), 0)),
        (Line::InHand, _) => Ok(Progress::More(at(CampaignWalk::Done), CLEAR_AGAIN_S)),
        (Line::Empty, Deletion::Marked { at: marked_at, .. }) => {
            let settled_at = marked_at.plus_millis(DELETION_SETTLED_MS);
            settle(deps, session_id, campaigns, settled_at).await
        }
        (Line::Empty, Deletion::No | Deletion::Gone) => Ok(Progress::Done),
    }
}

/// Nothing waits: removes the session, if this look began at its campaigns and came late enough; else looks once more.
async fn settle<W: DoingChores>(
    deps: &Deps<W>,
    session_id: SessionId,
    campaigns: CampaignWalk,
    settled_at: Timestamp,
) -> Result<Progress, PortError> {
    let again = Chore::clear_session(session_id);
    let wait_ms = settled_at.millis_since(deps.clock.now());
    if wait_ms > 0 {
        return Ok(Progress::More(again, u32::try_from(wait_ms / 1_000).unwrap_or(0) + 1));
    }
    // What was stored while the line was cleared has its campaign cancelled, too.
    if campaigns != CampaignWalk::Start {
        return Ok(Progress::More(again, 0));
    }
    deps.deletions.remove(session_id).await?;
    tracing::info!(%session_id, "removed a deleted session");
    Ok(Progress::Done)
}

/// Cancels the session's campaigns among its account's; returns where to go on.
async fn cancel_campaigns<W: DoingChores>(
    deps: &Deps<W>,
    (account_id, session_id): (AccountId, SessionId),
    mut walk: CampaignWalk,
    until: Timestamp,
) -> Result<CampaignWalk, PortError> {
    while walk != CampaignWalk::Done && deps.clock.now() < until {
        let page = deps.campaigns.list(account_id, before(walk), CLEAR_CAMPAIGNS).await?;
        for campaign in page.campaigns.into_iter().filter(|campaign| is_alive(campaign, session_id)) {
            decide(&deps.campaigns, campaign, Campaign::cancel).await?;
        }
        walk = page.next.map_or(CampaignWalk::Done, CampaignWalk::Before);
    }
    Ok(walk)
}

const fn before(walk: CampaignWalk) -> Option<CampaignId> {
    match walk {
        CampaignWalk::Before(campaign_id) => Some(campaign_id),
        CampaignWalk::Start | CampaignWalk::Done => None,
    }
}

fn is_alive(campaign: &Campaign, session_id: SessionId) -> bool {
    let has_not_ended = match campaign.status() {
        CampaignStatus::Ingesting | CampaignStatus::Active | CampaignStatus::Paused => true,
        CampaignStatus::Cancelled | CampaignStatus::Finished => false,
    };
    campaign.session_id == session_id && has_not_ended
}

/// What is left of a session's line.
enum Line {
    /// Nothing.
    Empty,
    /// Something that may be cancelled.
    Some,
    /// Only what a worker has in hand.
    InHand,
}

async fn clear_line<W: DoingChores>(
    deps: &Deps<W>,
    session_id: SessionId,
    until: Timestamp,
) -> Result<Line, PortError> {
    loop {
        let keys = deps.messages.waiting(session_id, None, CLEAR_ROWS).await?.keys;
        let mut in_hand = 0;
        for some in keys.chunks(CLEAR_IN_FLIGHT) {
            let keys = some.iter().map(|key| MessageKey { session_id, message_id: key.message_id });
            let ended = try_join_all(keys.map(|key| end_waiting(deps, key))).await?;
            in_hand += ended.iter().filter(|has_ended| !**has_ended).count();
        }
        match keys.len() {
            0 => return Ok(Line::Empty),
            all if all == in_hand => return Ok(Line::InHand),
            _ if deps.clock.now() >= until => return Ok(Line::Some),
            _ => {}
        }
    }
}
