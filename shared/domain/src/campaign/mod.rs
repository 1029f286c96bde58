//! A campaign: many messages of one session, sent one after another at the lowest priority.
//!
//! Its messages are ordinary rows of the table of messages, with ids that follow from the campaign's. They are inert
//! until the campaign is [`CampaignStatus::Active`]. What has become of them is counted in [`Counts`].

pub mod ingest;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::PAUSED_REASON_MAX_CHARS;
use crate::message::MessageError;
use crate::sending::pacing::Pacing;
use crate::values::ids::{AccountId, CampaignId, SessionId};
use crate::values::named::named;
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// What its owner, or the system, has decided about a campaign. This is what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// It goes on: its rows are being stored, and sent as soon as they all are.
    Running,
    /// It is paused. Rows may still be stored meanwhile.
    Paused,
    /// It was cancelled: nothing of it is sent any more.
    Cancelled,
    /// Every one of its messages has ended.
    Finished,
}

named! {
    /// The state of a campaign as its owner sees it; follows from what is stored.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum CampaignStatus {
        /// Its rows are being stored; nothing is sent yet.
        Ingesting = "ingesting",
        /// Its messages are being sent.
        Active = "active",
        /// It is paused until it is resumed.
        Paused = "paused",
        /// It was cancelled.
        Cancelled = "cancelled",
        /// Every one of its messages has ended.
        Finished = "finished",
    }
}

crate::inline_schema!(CampaignStatus, { "type": "string", "enum": (CampaignStatus::ALL.map(CampaignStatus::name)) });

/// How many of a campaign's messages are in each state. Kept by the function that reads the stream of the table of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Stored, and in line.
    #[serde(deserialize_with = "at_least_zero")]
    pub queued: u32,
    /// In a worker's hand.
    #[serde(deserialize_with = "at_least_zero")]
    pub sending: u32,
    /// Taken by the provider.
    #[serde(deserialize_with = "at_least_zero")]
    pub sent: u32,
    /// Reported as delivered.
    #[serde(deserialize_with = "at_least_zero")]
    pub delivered: u32,
    /// Reported as read.
    #[serde(deserialize_with = "at_least_zero")]
    pub read: u32,
    /// Given up.
    #[serde(deserialize_with = "at_least_zero")]
    pub failed: u32,
    /// When it was cancelled.
    #[serde(deserialize_with = "at_least_zero")]
    pub cancelled: u32,
}

/// After a long outage of the counting function an addition may be missing, and a count below zero. The campaign must stay
/// readable all the same, and its session must go on.
fn at_least_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(u32::try_from(i64::deserialize(deserializer)?.max(0)).unwrap_or(u32::MAX))
}

impl Counts {
    /// The counts that a message in this state is part of, by the names of their attributes; none counts what came in.
    pub const fn name_of(status: Status) -> Option<&'static str> {
        match status {
            Status::Received => None,
            other => Some(other.name()),
        }
    }

    /// The messages that have ended: nothing but a provider's report changes them any more.
    pub const fn ended(&self) -> u32 {
        self.sent
            .saturating_add(self.delivered)
            .saturating_add(self.read)
            .saturating_add(self.failed)
            .saturating_add(self.cancelled)
    }
}

/// A campaign as it is stored. The names of its fields are the names of the table's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    /// Partition key of the table.
    pub account_id: AccountId,
    /// Sort key of the table, and the `jobId` of the API.
    pub campaign_id: CampaignId,
    /// The session that sends it.
    pub session_id: SessionId,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was decided about it.
    pub state: CampaignState,
    /// How many decisions were made about it.
    #[serde(default)]
    pub decisions: u32,
    /// Why it is paused, if its owner did not pause it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_reason: Option<String>,
    /// The range of its own gaps; without one, its session's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing: Option<Pacing>,
    /// Whether links in its texts are shown with a preview, if something was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_preview: Option<bool>,
    /// How many messages it has: the rows that were accepted.
    pub total: u32,
    /// How many rows were refused; they are no messages.
    pub rejected: u32,
    /// How many of its messages are stored, as far as was noted; shows how ingestion gets on.
    pub stored: u32,
    /// When all of its messages were stored; from then on they may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingested_at: Option<Timestamp>,
    /// When its owner wants it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// When the API accepted it.
    pub created_at: Timestamp,
    /// When its last message ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How many of its messages are in each state.
    #[serde(default)]
    pub counts: Counts,
    /// Up to where in the stream of messages [`Self::counts`] goes: the sequence number, filled up with zeros on its
    /// left to 40 digits, so that texts compare as numbers do. Absent before the first count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_through: Option<String>,
}

/// A campaign that has ended: it cannot be paused, resumed or (when it is finished) cancelled any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the campaign has ended")]
pub struct CampaignEnded;

impl Campaign {
    /// A running campaign of `total` messages, none of which is stored yet.
    pub fn new(
        (account_id, campaign_id, session_id): (AccountId, CampaignId, SessionId),
        total: u32,
        created_at: Timestamp,
    ) -> Self {
        Self {
            account_id,
            campaign_id,
            session_id,
            name: None,
            state: CampaignState::Running,
            decisions: 0,
            paused_reason: None,
            pacing: None,
            total,
            rejected: 0,
            stored: 0,
            link_preview: None,
            ingested_at: None,
            scheduled_at: None,
            created_at,
            finished_at: None,
            counts: Counts::default(),
            counts_through: None,
        }
    }

    /// Its state as its owner sees it.
    pub const fn status(&self) -> CampaignStatus {
        match self.state {
            CampaignState::Cancelled => CampaignStatus::Cancelled,
            CampaignState::Finished => CampaignStatus::Finished,
            CampaignState::Running | CampaignState::Paused if self.has_ended() => CampaignStatus::Finished,
            CampaignState::Paused => CampaignStatus::Paused,
            CampaignState::Running if self.ingested_at.is_none() => CampaignStatus::Ingesting,
            CampaignState::Running => CampaignStatus::Active,
        }
    }

    /// Whether its messages may be sent. Nothing but this decides it.
    pub const fn may_send(&self) -> bool {
        // Not by its counts: they lag behind, and a message that still waits is sent whatever they say.
        matches!(self.state, CampaignState::Running | CampaignState::Finished) && self.ingested_at.is_some()
    }

    /// Whether all of its messages are stored and have ended, by its counts: "finished" follows from counts.
    pub const fn has_ended(&self) -> bool {
        self.ingested_at.is_some() && self.counts.ended() >= self.total
    }

    /// Pauses it. If it is paused already, it keeps its reason; this still counts as a decision: what was decided before and
    /// is on its way must not come after it.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(self, reason: Option<String>) -> Result<Self, CampaignEnded> {
        match self.state {
            CampaignState::Running => Ok(self.decided(CampaignState::Paused, reason)),
            CampaignState::Paused => {
                let reason = self.paused_reason.clone();
                Ok(self.decided(CampaignState::Paused, reason))
            }
            CampaignState::Cancelled | CampaignState::Finished => Err(CampaignEnded),
        }
    }

    /// Resumes it. This counts as a decision also if it is not paused.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resume(self) -> Result<Self, CampaignEnded> {
        match self.state {
            CampaignState::Running | CampaignState::Paused => Ok(self.decided(CampaignState::Running, None)),
            CampaignState::Cancelled | CampaignState::Finished => Err(CampaignEnded),
        }
    }

    /// Cancels it; a second time is the same.
    ///
    /// # Errors
    /// When it is finished: there is nothing left to cancel.
    pub fn cancel(self) -> Result<Self, CampaignEnded> {
        match self.state {
            CampaignState::Running | CampaignState::Paused => {
                Ok(self.decided(CampaignState::Cancelled, None))
            }
            CampaignState::Cancelled => Ok(self),
            CampaignState::Finished => Err(CampaignEnded),
        }
    }

    fn decided(self, state: CampaignState, paused_reason: Option<String>) -> Self {
        Self { state, paused_reason, decisions: self.decisions.saturating_add(1), ..self }
    }
}

/// The reason of a pause that follows when a provider refuses every message of the campaign.
pub fn refusal_reason(error: &MessageError) -> String {
    let text = format!("{}: {}", error.code, error.detail);
    text.chars().take(PAUSED_REASON_MAX_CHARS).collect()
}

/// What can be said about a campaign's pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Messages an hour that its gaps allow.
    pub rate_per_hour: u32,
    /// When its last message goes out at that rate; `None` while nobody knows, or when it has ended.
    pub estimated_end: Option<Timestamp>,
}

/// How fast a campaign sends, and when it will have sent everything, if its session sends nothing else.
///
/// `default_pacing` stands for the pacing of a session that has none of its own.
pub fn forecast(campaign: &Campaign, default_pacing: Pacing, now: Timestamp) -> Forecast {
    const HOUR_MS: i64 = 3_600_000;
    let pacing = campaign.pacing.unwrap_or(default_pacing);
    let mean_gap_ms = (i64::from(pacing.min_gap_ms()) + i64::from(pacing.max_gap_ms())).max(2) / 2;
    let left = campaign.total.saturating_sub(campaign.counts.ended());
    let start = campaign.scheduled_at.map_or(now, |at| at.max(now));
    let estimated_end = match campaign.status() {
        CampaignStatus::Ingesting | CampaignStatus::Active => {
            Some(start.plus_millis(i64::from(left) * mean_gap_ms))
        }
        CampaignStatus::Paused | CampaignStatus::Cancelled | CampaignStatus::Finished => None,
    };
    Forecast { rate_per_hour: u32::try_from(HOUR_MS / mean_gap_ms).unwrap_or(u32::MAX), estimated_end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn a_count_below_zero_is_zero() {
        let counts: Counts = serde_json::from_str(r#"{ "queued": -3, "sent": 5 }"#).unwrap();
        assert_eq!(counts, Counts { sent: 5, ..Counts::default() });
    }

    fn campaign(state: CampaignState, is_ingested: bool) -> Campaign {
        let ids = (AccountId::new(NOW, 1), CampaignId::new(NOW, 2), SessionId::new(NOW, 3));
        Campaign {
            state,
            pacing: Pacing::new(1_000, 3_000).ok(),
            stored: 10,
            ingested_at: is_ingested.then_some(NOW),
            ..Campaign::new(ids, 10, NOW)
        }
    }

    #[test]
    fn a_pause_outlasts_ingestion() {
        let paused = campaign(CampaignState::Running, false).pause(None).unwrap();
        assert_eq!(paused.status(), CampaignStatus::Paused);
        assert_eq!(paused.clone().resume().unwrap().status(), CampaignStatus::Ingesting);
        let ingested = Campaign { ingested_at: Some(NOW), ..paused };
        assert_eq!((ingested.status(), ingested.may_send()), (CampaignStatus::Paused, false));
        let resumed = ingested.resume().unwrap();
        assert_eq!((resumed.status(), resumed.may_send()), (CampaignStatus::Active, true));
    }

    #[test]
    fn what_was_taken_back_stays_so() {
        let cancelled = campaign(CampaignState::Paused, true).cancel().unwrap();
        assert_eq!(cancelled.clone().resume(), Err(CampaignEnded));
        assert_eq!(cancelled.clone().pause(None), Err(CampaignEnded));
        assert_eq!(cancelled.clone().cancel(), Ok(cancelled));
        assert_eq!(campaign(CampaignState::Finished, true).cancel(), Err(CampaignEnded));
    }

    #[test]
    fn the_first_reason_of_a_pause_is_kept_until_it_ends() {
        let paused = campaign(CampaignState::Running, true).pause(Some("template".to_owned())).unwrap();
        let again = paused.pause(None).unwrap();
        assert_eq!(again.paused_reason.as_deref(), Some("template"));
        assert_eq!(again.resume().unwrap().paused_reason, None);
    }

    #[test]
    fn finished_follows_from_counts() {
        let mut almost = campaign(CampaignState::Running, true);
        almost.counts =
            Counts { sent: 3, delivered: 2, read: 1, failed: 2, cancelled: 1, sending: 1, queued: 0 };
        assert_eq!(almost.status(), CampaignStatus::Active);
        almost.counts = Counts { sending: 0, failed: 3, ..almost.counts };
        assert_eq!((almost.status(), almost.has_ended()), (CampaignStatus::Finished, true));
        let not_stored = Campaign { ingested_at: None, ..almost };
        assert_eq!(not_stored.status(), CampaignStatus::Ingesting);
    }

    #[test]
    fn a_forecast_follows_from_gaps_and_counts() {
        let mut campaign = campaign(CampaignState::Running, true);
        campaign.counts.sent = 4;
        let expected = Forecast { rate_per_hour: 1_800, estimated_end: Some(NOW.plus_millis(12_000)) };
        assert_eq!(forecast(&campaign, Pacing::DEFAULT, NOW), expected);
        campaign.scheduled_at = Some(NOW.plus_millis(60_000));
        assert_eq!(forecast(&campaign, Pacing::DEFAULT, NOW).estimated_end, Some(NOW.plus_millis(72_000)));
        let paused = campaign.pause(None).unwrap();
        assert_eq!(forecast(&paused, Pacing::DEFAULT, NOW).estimated_end, None);
        let without_gap = Campaign { pacing: Pacing::new(0, 0).ok(), ..paused };
        assert_eq!(forecast(&without_gap, Pacing::DEFAULT, NOW).rate_per_hour, 3_600_000);
    }

    proptest! {
        #[test]
        fn only_what_is_stored_and_wanted_may_be_sent(state in 0..4_usize, is_ingested: bool, ended in 0..12_u32) {
            let state = [
                CampaignState::Running, CampaignState::Paused, CampaignState::Cancelled, CampaignState::Finished,
            ][state];
            let mut campaign = campaign(state, is_ingested);
            campaign.counts.sent = ended;
            if campaign.status() == CampaignStatus::Active {
                prop_assert!(campaign.may_send());
            }
            if matches!(campaign.status(), CampaignStatus::Cancelled | CampaignStatus::Ingesting) {
                prop_assert!(!campaign.may_send());
            }
            if campaign.state == CampaignState::Paused {
                prop_assert!(!campaign.may_send());
            }
        }
    }
}
