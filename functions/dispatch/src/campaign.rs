//! The campaign of a message: reading it, and pausing one whose provider refuses all of its messages.

use domain::campaign::{Campaign, refusal_reason};
use domain::message::MessageError;
use domain::sending::survey::Survey;
use domain::session::Session;
use domain::values::ids::{AccountId, CampaignId, MessageId};
use shared::decisions::decide;
use shared::ports::{ControlCampaigns, PortError, ReadCampaigns};

use crate::{Deps, Dispatching};

/// The campaign of a message, if it has one.
pub(crate) async fn campaign_of<W: Dispatching>(
    deps: &Deps<W>,
    account_id: AccountId,
    message_id: MessageId,
) -> Result<Option<Campaign>, PortError> {
    match CampaignId::of(message_id) {
        Some(campaign_id) => deps.campaigns.get(account_id, campaign_id).await,
        None => Ok(None),
    }
}

/// Pauses the campaign of a message that its provider would refuse to anybody. The message is back in line by then.
///
/// When this fails or dies, the campaign's next send meets the same refusal, and comes here again.
pub(crate) async fn pause_refused<W: Dispatching>(
    deps: &Deps<W>,
    session: &Session,
    message_id: MessageId,
    error: &MessageError,
    waiting: &mut Survey,
) {
    let Some(campaign_id) = CampaignId::of(message_id) else { return };
    let reason = refusal_reason(error);
    match pause(&deps.campaigns, session.account_id, campaign_id, &reason).await {
        Ok(()) => {
            tracing::warn!(session_id = %session.session_id, campaign_id = %campaign_id, reason, "paused a campaign");
            waiting.decide(campaign_id, false);
        }
        Err(error) => {
            tracing::error!(session_id = %session.session_id, campaign_id = %campaign_id, %error, "could not pause a campaign");
        }
    }
}

/// One that has ended meanwhile stays as it is, and one that was paused by its owner keeps no reason.
async fn pause(
    campaigns: &(impl ReadCampaigns + ControlCampaigns),
    account_id: AccountId,
    campaign_id: CampaignId,
    reason: &str,
) -> Result<(), PortError> {
    let Some(seen) = campaigns.get(account_id, campaign_id).await? else { return Ok(()) };
    decide(campaigns, seen, |campaign| campaign.pause(Some(reason.to_owned()))).await.map(drop)
}
