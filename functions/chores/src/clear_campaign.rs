//! Cancels what waits of a cancelled campaign.
//!
//! The campaign is inert already: no turn that begins after the cancel sends anything of it. What is left is that each
//! of its waiting messages ends in a state of its own. Everything here may be done twice, and by two at once: each row is
//! cancelled by its own conditional write.

use domain::campaign::CampaignState;
use domain::chores::{Chore, Rows};
use domain::tuning::{CLEAR_AGAIN_S, CLEAR_IN_FLIGHT, CLEAR_ROWS};
use domain::values::ids::{AccountId, CampaignId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use shared::ports::{CancelMessages, Cancelled, ClearMessages, Clock, PortError, ReadCampaigns};

use crate::{Deps, DoingChores, Progress};

/// Cancels these rows, as far as the time goes. Those that a worker has in hand are looked at again in the end.
pub(crate) async fn clear_campaign<W: DoingChores>(
    deps: &Deps<W>,
    (account_id, campaign_id): (AccountId, CampaignId),
    (rows, mut in_hand): (Rows, Option<Rows>),
    until: Timestamp,
) -> Result<Progress, PortError> {
    let campaign = deps.campaigns.get(account_id, campaign_id).await?;
    // Not cancelled: the chore was opened before the cancel, which then did not happen.
    let Some(campaign) = campaign.filter(|campaign| campaign.state == CampaignState::Cancelled) else {
        return Ok(Progress::Done);
    };
    let more = |rows, in_hand| Chore::ClearCampaign { account_id, campaign_id, rows, in_hand };
    let mut next = Some(rows.first);
    while let Some(first) = next {
        if deps.clock.now() >= until {
            return Ok(Progress::More(more(Rows { first, ..rows }, in_hand), 0));
        }
        next = clear_page(deps, (campaign.session_id, campaign_id), Rows { first, ..rows }, &mut in_hand)
            .await?;
    }
    Ok(match in_hand {
        // They may come back in line, when their attempt fails.
        Some(rows) => Progress::More(more(rows, None), CLEAR_AGAIN_S),
        None => Progress::Done,
    })
}

/// Cancels the first of these rows; the row to go on at, if there may be more.
async fn clear_page<W: DoingChores>(
    deps: &Deps<W>,
    (session_id, campaign_id): (SessionId, CampaignId),
    rows: Rows,
    in_hand: &mut Option<Rows>,
) -> Result<Option<u32>, PortError> {
    let mut found = deps.messages.rows_of(session_id, campaign_id, rows.first, CLEAR_ROWS).await?;
    let next = found.last().filter(|_| found.len() == CLEAR_ROWS).map(|(row, _)| row.saturating_add(1));
    found.retain(|(row, status)| *row <= rows.last && !status.is_final());
    for some in found.chunks(CLEAR_IN_FLIGHT) {
        let ended = some.iter().map(|row| end_row(deps, session_id, campaign_id, *row));
        for row in try_join_all(ended).await?.into_iter().flatten() {
            *in_hand = Some(Rows::with(*in_hand, row));
        }
    }
    Ok(next.filter(|row| *row <= rows.last))
}

/// Ends a row that waits. One that a worker has in hand is named: it must be looked at again.
async fn end_row<W: DoingChores>(
    deps: &Deps<W>,
    session_id: SessionId,
    campaign_id: CampaignId,
    (row, status): (u32, Status),
) -> Result<Option<u32>, PortError> {
    let key = MessageKey { session_id, message_id: campaign_id.message(row) };
    if status == Status::Sending {
        return Ok(Some(row));
    }
    Ok((!end_waiting(deps, key).await?).then_some(row))
}

/// Ends a message that waits; `false` when a worker has it in hand.
pub(crate) async fn end_waiting<W: DoingChores>(deps: &Deps<W>, key: MessageKey) -> Result<bool, PortError> {
    let now = deps.clock.now();
    match deps.messages.cancel(key, now).await? {
        Cancelled::TooLate(Status::Sending) => Ok(false),
        // An attempt of unknown outcome may have sent it, and it will not be repeated.
        Cancelled::TooLate(Status::Queued) => deps.messages.give_up(key, now).await.map(|()| true),
        Cancelled::Yes(_) | Cancelled::NotFound | Cancelled::TooLate(_) => Ok(true),
    }
}
