//! Cancels what waits of a cancelled campaign, a few rows at a time.
//!
//! The campaign is inert already: no turn that begins after the cancel sends anything of it. What is left is that each
//! of its waiting messages ends in a state of its own. Everything here may be done twice, and by two at once: each row is
//! cancelled by its own conditional write. When this dies anywhere, its timer item comes again and begins at the same
//! row. The item of the next rows is sent before this one is deleted.

use domain::campaign::CampaignState;
use domain::sending::timer::TimerItem;
use domain::tuning::{CLEAR_AGAIN_S, CLEAR_IN_FLIGHT, CLEAR_ROWS};
use domain::values::ids::{AccountId, CampaignId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use shared::ports::{CancelMessages, Cancelled, ClearMessages, PortError, ReadCampaigns, SendLater};

/// The rows that an item is about.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) account_id: AccountId,
    pub(crate) campaign_id: CampaignId,
    pub(crate) from_row: u32,
    pub(crate) to_row: u32,
}

impl Rows {
    const fn item(self) -> TimerItem {
        let Self { account_id, campaign_id, from_row, to_row } = self;
        TimerItem::ClearCampaign { account_id, campaign_id, from_row, to_row }
    }
}

/// Cancels the first of these rows, and leaves the others to another item.
pub(crate) async fn clear(
    campaigns: &impl ReadCampaigns,
    messages: &(impl CancelMessages + ClearMessages),
    timer: &impl SendLater,
    rows: Rows,
    now: Timestamp,
) -> Result<(), PortError> {
    let campaign = campaigns.get(rows.account_id, rows.campaign_id).await?;
    // Not cancelled: the item was sent before the cancel, which then did not happen.
    let Some(campaign) = campaign.filter(|campaign| campaign.state == CampaignState::Cancelled) else {
        return Ok(());
    };
    let session_id = campaign.session_id;
    let mut found = messages.rows_of(session_id, rows.campaign_id, rows.from_row, CLEAR_ROWS).await?;
    let next_row = found.last().filter(|_| found.len() == CLEAR_ROWS).map(|(row, _)| row.saturating_add(1));
    found.retain(|(row, status)| *row <= rows.to_row && !status.is_final());
    let mut in_hand = Vec::new();
    for some in found.chunks(CLEAR_IN_FLIGHT) {
        let ended =
            try_join_all(some.iter().map(|row| end_row(messages, session_id, rows.campaign_id, *row, now)));
        in_hand.extend(ended.await?.into_iter().flatten());
    }
    for row in in_hand {
        // It may come back in line, when its attempt fails.
        timer.send_later(&Rows { from_row: row, to_row: row, ..rows }.item(), CLEAR_AGAIN_S).await?;
    }
    match next_row.filter(|row| *row <= rows.to_row) {
        Some(from_row) => timer.send_later(&Rows { from_row, ..rows }.item(), 0).await,
        None => Ok(()),
    }
}

/// Ends a row that waits. One that a worker has in hand is named: it must be looked at again.
async fn end_row(
    messages: &(impl CancelMessages + ClearMessages),
    session_id: SessionId,
    campaign_id: CampaignId,
    (row, status): (u32, Status),
    now: Timestamp,
) -> Result<Option<u32>, PortError> {
    let key = MessageKey { session_id, message_id: campaign_id.message(row) };
    if status == Status::Sending {
        return Ok(Some(row));
    }
    Ok((!end_waiting(messages, key, now).await?).then_some(row))
}

/// Ends a message that waits; `false` when a worker has it in hand.
pub(crate) async fn end_waiting(
    messages: &(impl CancelMessages + ClearMessages),
    key: MessageKey,
    now: Timestamp,
) -> Result<bool, PortError> {
    match messages.cancel(key, now).await? {
        Cancelled::TooLate(Status::Sending) => Ok(false),
        // An attempt of unknown outcome may have sent it, and it will not be repeated.
        Cancelled::TooLate(Status::Queued) => messages.give_up(key, now).await.map(|()| true),
        Cancelled::Yes(_) | Cancelled::NotFound | Cancelled::TooLate(_) => Ok(true),
    }
}
