//! Reads what decides how long the messages of one answer wait.

use std::collections::{BTreeMap, BTreeSet};

use domain::campaign::Campaign;
use domain::message::Message;
use domain::reading::waiting::{Waiting, waiting};
use domain::session::SessionState;
use domain::values::ids::{AccountId, CampaignId, SessionId};
use domain::values::time::Timestamp;
use futures_util::future::{join, join_all, try_join_all};

use crate::ports::{PortError, ReadCampaigns, ReadSessions};

/// The sessions that messages wait in, and the campaigns they are rows of.
#[derive(Debug)]
pub struct Reasons {
    sessions: BTreeMap<SessionId, SessionState>,
    campaigns: BTreeMap<CampaignId, Campaign>,
}

impl Reasons {
    /// Reads what these messages of an account may wait for, each once and all at the same time: nothing for those that
    /// have ended. A campaign that cannot be read must not hide its messages: they wait for what their session waits for.
    pub async fn load(
        sessions: &impl ReadSessions,
        campaigns: &impl ReadCampaigns,
        account_id: AccountId,
        messages: &[Message],
    ) -> Result<Self, PortError> {
        let waiting = || messages.iter().filter(|message| message.pending_key.is_some());
        let session_ids: BTreeSet<SessionId> = waiting().map(|message| message.session_id).collect();
        let campaign_ids: BTreeSet<CampaignId> =
            waiting().filter_map(|message| message.campaign_id).collect();
        let (sessions, campaigns) = join(
            try_join_all(session_ids.into_iter().map(|id| sessions.load(id))),
            join_all(campaign_ids.into_iter().map(|id| campaigns.get(account_id, id))),
        )
        .await;
        let campaigns = campaigns.into_iter().map(|campaign| {
            campaign.inspect_err(|error| tracing::error!(%error, "left out a campaign")).unwrap_or_default()
        });
        let sessions = sessions?.into_iter().flatten().map(|state| (state.session.session_id, state));
        let campaigns = campaigns.flatten().map(|campaign| (campaign.campaign_id, campaign));
        Ok(Self { sessions: sessions.collect(), campaigns: campaigns.collect() })
    }

    /// Why one of them waits; `None` when it does not.
    pub fn of(&self, message: &Message, now: Timestamp) -> Option<Waiting> {
        let standing = self.sessions.get(&message.session_id)?.standing();
        let campaign = message.campaign_id.and_then(|id| self.campaigns.get(&id));
        waiting(message, campaign.map(Campaign::status), &standing, now)
    }
}
