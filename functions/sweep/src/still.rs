//! Since when a session stands still although it could send: what the alarms `rows-overdue` and `campaign-ingesting` are made of.
//!
//! The time counts from the first sweep that saw it, not from when its message could have gone: the first look after a night
//! of quiet hours, or after a hold, sees an old message that is about to go. A session whose lines begin with a paused
//! campaign could not send.

use domain::campaign::{Campaign, CampaignStatus};
use domain::message::pending::PendingKey;
use domain::sending::allowance::Paced;
use domain::sending::sweep::stands_still;
use domain::tuning::{CAMPAIGNS_PASSED_OVER, INGESTING_LONG_MS};
use domain::values::ids::{CampaignId, SessionId};
use shared::ports::{Clock, PortError, ReadCampaigns, ReadLines, SweepSessions, WatchedSession};

use crate::{Deps, Sweeping};

/// Why a line that stands still does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// Its campaigns are paused or cancelled.
    MayNotGo,
    /// A campaign has been stored for long, and is not sent before that ends.
    Ingesting,
    /// Its message could go.
    Unknown,
}

/// Notes whether a session with lines that stand still could send. For how long it has been seen so, in milliseconds.
pub(crate) async fn note<W: Sweeping>(
    deps: &Deps<W>,
    seen: &WatchedSession,
    paced: &Paced,
    stalled: &[PendingKey],
) -> Result<i64, PortError> {
    let mut why = Why::MayNotGo;
    for head in stalled {
        why = why.max(why_still(deps, seen.session_id, paced, *head).await?);
    }
    if why == Why::MayNotGo {
        return ended(deps, seen).await.map(|()| 0);
    }
    let now = deps.clock.now();
    if seen.still_since.is_none() {
        deps.watched.stands_still(seen, Some(now)).await?;
    }
    let still_ms = seen.still_since.map_or(0, |since| now.millis_since(since));
    Ok(if why == Why::Unknown { still_ms } else { 0 })
}

/// Notes that a session does not stand still, if it did.
pub(crate) async fn ended<W: Sweeping>(deps: &Deps<W>, seen: &WatchedSession) -> Result<(), PortError> {
    match seen.still_since {
        Some(_) => deps.watched.stands_still(seen, None).await.map(drop),
        None => Ok(()),
    }
}

/// Why a line does not move. What may not go is passed over, as dispatch passes over it.
async fn why_still<W: Sweeping>(
    deps: &Deps<W>,
    session_id: SessionId,
    paced: &Paced,
    head: PendingKey,
) -> Result<Why, PortError> {
    let mut place = head;
    for _ in 0..CAMPAIGNS_PASSED_OVER {
        let Some(campaign_id) = CampaignId::of(place.message_id) else { return Ok(Why::Unknown) };
        let why = why_not_sent(deps, paced, place, campaign_id).await?;
        if why > Why::MayNotGo {
            return Ok(why);
        }
        let behind = PendingKey { message_id: campaign_id.behind_messages(), ..place };
        let next = deps.lines.waiting_behind(session_id, behind, 1).await?.keys.first().copied();
        match next.filter(|next| stands_still(paced, *next, deps.clock.now())) {
            Some(next) => place = next,
            None => break,
        }
    }
    Ok(Why::MayNotGo)
}

/// Why the row of a campaign is not sent. The rows of a session that is gone could be cleared away.
async fn why_not_sent<W: Sweeping>(
    deps: &Deps<W>,
    paced: &Paced,
    place: PendingKey,
    campaign_id: CampaignId,
) -> Result<Why, PortError> {
    let Some(account_id) = paced.account_id else { return Ok(Why::Unknown) };
    let campaign = deps.campaigns.get(account_id, campaign_id).await?;
    let overdue_ms = deps.clock.now().millis_since(place.due);
    Ok(match campaign {
        Some(campaign) if is_stored_for_long(&campaign, overdue_ms) => {
            tracing::warn!(%account_id, %campaign_id, ingesting_ms = overdue_ms, "a campaign is still being stored");
            Why::Ingesting
        }
        Some(campaign) if campaign.may_send() => Why::Unknown,
        Some(_) | None => Why::MayNotGo,
    })
}

fn is_stored_for_long(campaign: &Campaign, overdue_ms: i64) -> bool {
    campaign.status() == CampaignStatus::Ingesting && overdue_ms >= INGESTING_LONG_MS
}
