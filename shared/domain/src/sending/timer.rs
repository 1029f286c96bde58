//! What the timer queue carries: everything that must happen a little later.

use serde::{Deserialize, Serialize};

use crate::message::report::{About, Report};
use crate::sending::ticket::Ticket;
use crate::tuning::{REPORT_TRIES_MAX, TIMER_DELAY_MAX_S, TIMER_VISIBILITY_S};
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
    /// Older versions cleared a cancelled campaign by a chain of these. Now it is a [`Chore`](crate::chores::Chore).
    ClearCampaign {
        /// Whose campaign.
        account_id: AccountId,
        /// The campaign.
        campaign_id: CampaignId,
    },
    /// Older versions cleared a deleted session by a chain of these. Now it is a [`Chore`](crate::chores::Chore).
    ClearSession {
        /// The session.
        session_id: SessionId,
    },
}

impl TimerItem {
    /// A sandbox report of a message's new state.
    pub const fn sandbox_report(key: MessageKey, status: Status) -> Self {
        Self::SandboxReport { session_id: key.session_id, message_id: key.message_id, status }
    }

    /// A sandbox contact's answer to a message.
    pub const fn sandbox_reply(key: MessageKey, text: String) -> Self {
        Self::SandboxReply { session_id: key.session_id, message_id: key.message_id, text }
    }
}

/// How long an item that has failed is put off, in seconds: the queue's own visibility time-out at first, so that a report has
/// the time that it is given, and then twice as long each time.
pub fn pause_s(receives: u32) -> u32 {
    let doublings = receives.saturating_sub(REPORT_TRIES_MAX).min(6);
    (TIMER_VISIBILITY_S << doublings).min(TIMER_DELAY_MAX_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow() {
        let pauses: Vec<u32> = [1, REPORT_TRIES_MAX, 9, 10, 11, 14, 20, 100].map(pause_s).into();
        assert_eq!(pauses, [15, 15, 30, 60, 120, 900, 900, 900]);
    }

    /// What older and newer versions put into the queue is read, whatever else stands in it.
    #[test]
    fn other_versions_items_are_read() {
        let now = crate::values::time::Timestamp::from_millis(1_000_000_000);
        let (account_id, campaign_id) = (AccountId::new(now, 1), CampaignId::new(now, 2));
        let older = format!(
            r#"{{"kind":"clear_campaign","accountId":"{account_id}","campaignId":"{campaign_id}","fromRow":101,"toRow":900}}"#
        );
        let item: TimerItem = serde_json::from_str(&older).unwrap();
        assert_eq!(item, TimerItem::ClearCampaign { account_id, campaign_id });
        let session_id = SessionId::new(now, 3);
        let older = format!(r#"{{"kind":"clear_session","sessionId":"{session_id}","campaigns":"start"}}"#);
        assert_eq!(
            serde_json::from_str::<TimerItem>(&older).unwrap(),
            TimerItem::ClearSession { session_id }
        );
        let newer = format!(
            r#"{{"kind":"sandbox_report","sessionId":"{session_id}","messageId":"{}","status":"read","newer":1}}"#,
            MessageId::new(now, 4)
        );
        assert!(serde_json::from_str::<TimerItem>(&newer).is_ok());
    }
}
