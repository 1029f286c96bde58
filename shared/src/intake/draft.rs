//! A campaign before its recipients are known.

use domain::campaign::Campaign;
use domain::request::CampaignTerms;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{CampaignFile, FileKind};

/// A campaign before its recipients are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The account that it will belong to.
    pub account_id: AccountId,
    /// Its id.
    pub campaign_id: CampaignId,
    /// What its recipients have in common.
    pub terms: CampaignTerms,
    /// When the request was received.
    pub created_at: Timestamp,
}

impl Draft {
    /// One of its files.
    pub const fn file(&self, kind: FileKind) -> CampaignFile {
        CampaignFile { account_id: self.account_id, campaign_id: self.campaign_id, kind }
    }

    /// The campaign, once it is known how many recipients it has.
    pub fn campaign(&self, accepted: u32, rejected: u32) -> Campaign {
        let ids = (self.account_id, self.campaign_id, self.terms.session_id);
        Campaign {
            name: self.terms.name.clone(),
            pacing: Some(self.terms.pacing),
            rejected,
            scheduled_at: self.terms.scheduled_at,
            link_preview: self.terms.link_preview,
            ..Campaign::new(ids, accepted, self.created_at)
        }
    }
}
