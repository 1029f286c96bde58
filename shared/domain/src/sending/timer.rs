//! What the timer queue carries: everything that must happen a little later.

use serde::{Deserialize, Serialize};

use crate::message::report::{About, Report};
use crate::sending::ticket::Ticket;
use crate::values::ids::MessageKey;
use crate::values::ids::{AccountId, CampaignId, MessageId, SessionId};
use crate::values::status::Status;

/// Something that happens when its delay is over. Fields that are not known are passed over, as in a [`Ticket`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum TimerItem {
    /// A ticket goes back into its queue.
    Ticket(Ticket),
    /// The sandbox provider reports a message's way, as a real provider does by webhook.
    SandboxReport {
        /// Session of the message.
        session_id: SessionId,
        /// The message.
        message_id: MessageId,
        /// Its new state.
        status: Status,
    },
    /// A provider's report that came before our own record of the send.
    ProviderReport {
        /// Session of the message.
        session_id: SessionId,
        /// Which message.
        about: About,
        /// What the provider says.
        report: Report,
    },
    /// The sandbox provider's contact answers a message.
    SandboxReply {
        /// Session of the message that is answered.
        session_id: SessionId,
        /// The message that is answered.
        message_id: MessageId,
        /// What the contact says.
        text: String,
    },
    /// Cancels the waiting messages of a cancelled campaign, a few at a time. Each item sends the next one.
    ClearCampaign {
        /// Whose campaign.
        account_id: AccountId,
        /// The campaign.
        campaign_id: CampaignId,
        /// The first row that may still wait, from 1.
        from_row: u32,
        /// The last one that this is about.
        to_row: u32,
    },
    /// Cancels the waiting messages of a deleted session, a few rows at a time. Each item sends the next one.
    ClearSession {
        /// The session.
        session_id: SessionId,
        /// How far its campaigns are gone over.
        campaigns: CampaignWalk,
    },
}

/// How far the campaigns of an account are gone over, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignWalk {
    /// Not begun.
    Start,
    /// Up to this one.
    Before(CampaignId),
    /// To the end.
    Done,
}

impl TimerItem {
    /// All waiting messages of a campaign are cancelled.
    pub const fn clear_campaign(account_id: AccountId, campaign_id: CampaignId) -> Self {
        Self::ClearCampaign { account_id, campaign_id, from_row: 1, to_row: u32::MAX }
    }

    /// Cancels all waiting messages of a deleted session, its campaigns first.
    pub const fn clear_session(session_id: SessionId) -> Self {
        Self::ClearSession { session_id, campaigns: CampaignWalk::Start }
    }

    /// A sandbox report of a message's new state.
    pub const fn sandbox_report(key: MessageKey, status: Status) -> Self {
        Self::SandboxReport { session_id: key.session_id, message_id: key.message_id, status }
    }

    /// A sandbox contact's answer to a message.
    pub const fn sandbox_reply(key: MessageKey, text: String) -> Self {
        Self::SandboxReply { session_id: key.session_id, message_id: key.message_id, text }
    }
}
