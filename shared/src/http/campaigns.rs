//! What the campaign endpoints share: ids in paths, and what became of decisions.

use domain::campaign::{Campaign, CampaignStatus};
use domain::values::ids::CampaignId;

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::decisions::Decided;

/// The campaign id in the path. A text that is not a UUID cannot be an id of ours.
pub fn campaign_id(request: &ApiRequest) -> Result<CampaignId, Problem> {
    let text = request.path_parameters.get("id").map_or("", String::as_str);
    text.parse().map_err(|_| campaign_not_found(text))
}

/// There is no such campaign for this account (`isolated`).
pub fn campaign_not_found(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::new(ErrorCode::CampaignNotFound, format!("You have no campaign with the id {shown}."))
}

/// A campaign that can still be decided about.
pub fn not_ended(campaign: &Campaign) -> Result<(), Problem> {
    match campaign.status() {
        CampaignStatus::Ingesting | CampaignStatus::Active | CampaignStatus::Paused => Ok(()),
        status @ (CampaignStatus::Cancelled | CampaignStatus::Finished) => Err(ended(status)),
    }
}

fn ended(status: CampaignStatus) -> Problem {
    Problem::new(ErrorCode::CampaignEnded, format!("The campaign is {}, and stays so.", status.name()))
}

/// The campaign after a decision, or why it was not made.
pub fn decided(campaign_id: CampaignId, decided: Decided) -> Result<Box<Campaign>, Problem> {
    match decided {
        Decided::Yes(campaign) if campaign.status() != CampaignStatus::Finished => Ok(campaign),
        Decided::Yes(campaign) | Decided::Ended(campaign) => Err(ended(campaign.status())),
        Decided::NotFound => Err(campaign_not_found(&campaign_id.to_string())),
    }
}
