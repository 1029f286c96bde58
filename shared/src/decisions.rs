//! Deciding about campaigns: pausing, resuming, taking back.

use domain::campaign::{Campaign, CampaignEnded};
use domain::tuning::DECISION_ROUNDS_MAX;

use crate::ports::{ControlCampaigns, PortError};

/// What became of a decision about a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is as was wanted. The campaign as it is; twice is the same as once.
    Yes(Box<Campaign>),
    /// It has ended, and stays as it is.
    Ended(Box<Campaign>),
    /// There is no such campaign.
    NotFound,
}

/// Writes a decision about a campaign. If another decision came first, it decides again on the campaign as it is then.
///
/// # Errors
/// When the table fails, or others decide about it again and again.
pub async fn decide(
    campaigns: &impl ControlCampaigns,
    mut seen: Campaign,
    decision: impl Fn(Campaign) -> Result<Campaign, CampaignEnded>,
) -> Result<Decided, PortError> {
    for _ in 0..DECISION_ROUNDS_MAX {
        let Ok(wanted) = decision(seen.clone()) else { return Ok(Decided::Ended(Box::new(seen))) };
        if wanted.decisions == seen.decisions {
            return Ok(Decided::Yes(Box::new(seen)));
        }
        seen = match campaigns.decide(&seen, &wanted).await? {
            None => return Ok(Decided::NotFound),
            Some(now) => now,
        };
        // The same when an earlier copy of the write has made it so.
        if (seen.state, seen.decisions) == (wanted.state, wanted.decisions) {
            return Ok(Decided::Yes(Box::new(seen)));
        }
    }
    Err(PortError::new("campaigns.decide", "others decide about the campaign again and again"))
}
