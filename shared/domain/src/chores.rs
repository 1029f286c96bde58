//! Long work that is done in steps: clearing what waits of a cancelled campaign or a deleted session.
//!
//! A chore is a row, and the number of its current step stands in it. The queue only carries "do step `n` of chore `c`".
//! Whoever has done a step moves the row to the next number, if it is still at `n`, and only then sends the next step. So a
//! chain of steps cannot fork: of any number of copies of a step one goes on, and the others end. A step that is lost is sent
//! again by `sweep`, which sees that the row is late.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::ids::{AccountId, CampaignId, SessionId};
use crate::values::time::Timestamp;

/// What is to be done, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Chore {
    /// Cancels the waiting messages of a cancelled campaign.
    ClearCampaign {
        /// Whose campaign.
        account_id: AccountId,
        /// The campaign.
        campaign_id: CampaignId,
        /// The rows that are still to be looked at.
        rows: Rows,
        /// Rows that a worker had in hand when they were looked at: they must be looked at again.
        in_hand: Option<Rows>,
    },
    /// Cancels the waiting messages of a deleted session and its campaigns, and removes the session in the end.
    ClearSession {
        /// The session.
        session_id: SessionId,
        /// How far its campaigns are gone over.
        campaigns: CampaignWalk,
    },
}

/// Rows of a campaign, counted from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl Rows {
    /// All rows of a campaign.
    pub const ALL: Self = Self { first: 1, last: u32::MAX };

    /// The smallest range that holds these rows and one more.
    #[must_use]
    pub fn with(range: Option<Self>, row: u32) -> Self {
        range.map_or(Self { first: row, last: row }, |range| Self {
            first: range.first.min(row),
            last: range.last.max(row),
        })
    }
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

impl Chore {
    /// Cancels all waiting messages of a campaign.
    pub const fn clear_campaign(account_id: AccountId, campaign_id: CampaignId) -> Self {
        Self::ClearCampaign { account_id, campaign_id, rows: Rows::ALL, in_hand: None }
    }

    /// Cancels all waiting messages of a deleted session, its campaigns first.
    pub const fn clear_session(session_id: SessionId) -> Self {
        Self::ClearSession { session_id, campaigns: CampaignWalk::Start }
    }

    /// What it is about. There is one chore for each subject at a time.
    pub const fn subject(&self) -> Subject {
        match *self {
            Self::ClearCampaign { campaign_id, .. } => Subject::Campaign(campaign_id),
            Self::ClearSession { session_id, .. } => Subject::Session(session_id),
        }
    }
}

/// What a chore is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A cancelled campaign.
    Campaign(CampaignId),
    /// A deleted session.
    Session(SessionId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaign(id) => write!(f, "campaign#{id}"),
            Self::Session(id) => write!(f, "session#{id}"),
        }
    }
}

/// A step of a chore: what the queue carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoreStep {
    /// Of which chore.
    pub subject: Subject,
    /// Its number. Those of one chore go up by one.
    pub number: u64,
}

/// A chore that is not finished, as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChore {
    /// What is to be done, and how far it is.
    pub chore: Chore,
    /// The number of its current step.
    pub number: u64,
    /// When its current step was to arrive. One that is long overdue was lost.
    pub due: Timestamp,
}

impl OpenChore {
    /// Its current step.
    pub const fn step(&self) -> ChoreStep {
        ChoreStep { subject: self.chore.subject(), number: self.number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    /// Rows and steps of this form are stored in tables and queues: a later version must read them.
    #[test]
    fn stored_forms_stay_readable() {
        let campaign_id = CampaignId::new(NOW, 7);
        let in_hand = Some(Rows { first: 5, last: 5 });
        let chore = Chore::ClearCampaign {
            account_id: AccountId::new(NOW, 1),
            campaign_id,
            rows: Rows::ALL,
            in_hand,
        };
        let mut stored = serde_json::to_value(&chore).unwrap();
        stored["laterVersion"] = true.into();
        assert_eq!(serde_json::from_value::<Chore>(stored).unwrap(), chore);
        let step = ChoreStep { subject: chore.subject(), number: 3 };
        let text = format!(r#"{{"subject":{{"campaign":"{campaign_id}"}},"number":3,"later":1}}"#);
        assert_eq!(serde_json::from_str::<ChoreStep>(&text).unwrap(), step);
    }

    #[test]
    fn a_range_grows_to_hold_a_row() {
        let one = Rows::with(None, 5);
        assert_eq!((one.first, one.last), (5, 5));
        let both = Rows::with(Some(one), 9);
        assert_eq!((both.first, both.last), (5, 9));
        assert_eq!(Rows::with(Some(both), 7), both);
    }
}
