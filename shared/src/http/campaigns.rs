//! What the campaign endpoints share: ids in paths, what became of decisions, and what answers show.

use domain::campaign::{Campaign, CampaignStatus, forecast};
use domain::sending::pacing::Pacing;
use domain::values::ids::CampaignId;
use domain::values::time::Timestamp;
use serde_json::{Value, json};

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::decisions::Decided;

/// The campaign id in the path. What is no UUID was never an id of ours.
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

/// A campaign with all that is known about its way. `default_pacing` is that of sessions without one of their own.
pub fn campaign_view(campaign: &Campaign, default_pacing: Pacing, now: Timestamp) -> Value {
    let counts = &campaign.counts;
    let pacing = campaign.pacing.unwrap_or(default_pacing);
    let forecast = forecast(campaign, default_pacing, now);
    json!({
        "id": campaign.campaign_id.to_string(),
        "name": campaign.name,
        "sessionId": campaign.session_id.to_string(),
        "status": campaign.status().name(),
        "pausedReason": campaign.paused_reason,
        "counts": {
            "total": campaign.total,
            "rejected": campaign.rejected,
            "queued": counts.queued,
            "sending": counts.sending,
            "sent": counts.sent,
            "delivered": counts.delivered,
            "read": counts.read,
            "failed": counts.failed,
            "cancelled": counts.cancelled,
        },
        "ratePerHour": forecast.rate_per_hour,
        "estimatedEnd": time(forecast.estimated_end),
        "delayMin": pacing.min_gap_ms(),
        "delayMax": pacing.max_gap_ms(),
        "scheduledAt": time(campaign.scheduled_at),
        "createdAt": campaign.created_at.to_string(),
        "finishedAt": time(campaign.finished_at),
    })
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
