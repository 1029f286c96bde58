//! A campaign.

use domain::campaign::{Campaign, CampaignStatus, forecast};
use domain::sending::pacing::Pacing;
use domain::values::ids::{CampaignId, SessionId};
use domain::values::time::Timestamp;
use serde::Serialize;

use super::time::Time;

/// A campaign, with all that is known about its way.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Campaign"))]
pub struct CampaignView<'a> {
    /// Its id, the `jobId` of the answer that accepted it.
    pub id: CampaignId,
    /// What you call it.
    pub name: Option<&'a str>,
    /// The session that sends it.
    pub session_id: SessionId,
    /// Its state.
    pub status: CampaignStatus,
    /// Why it is paused, when it was not you who paused it.
    pub paused_reason: Option<&'a str>,
    /// How many of its recipients are in each state.
    pub counts: CampaignCounts,
    /// How many messages an hour its gaps allow.
    pub rate_per_hour: u32,
    /// When its last message goes out at that rate, as far as that is known.
    pub estimated_end: Option<Time>,
    /// The smallest gap between two of its messages, in milliseconds.
    pub delay_min: u32,
    /// The largest gap between two of its messages, in milliseconds.
    pub delay_max: u32,
    /// When you want it to begin, if not at once.
    pub scheduled_at: Option<Time>,
    /// When it was accepted.
    pub created_at: Time,
    /// When its last message ended.
    pub finished_at: Option<Time>,
}

/// How many recipients of a campaign are in each state.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct CampaignCounts {
    /// Recipients that were accepted: each is a message.
    pub total: u32,
    /// Recipients that were rejected.
    pub rejected: u32,
    /// Messages that wait.
    pub queued: u32,
    /// Messages that are being sent.
    pub sending: u32,
    /// Messages that the provider took.
    pub sent: u32,
    /// Messages that were reported as delivered.
    pub delivered: u32,
    /// Messages that were reported as read.
    pub read: u32,
    /// Messages that failed.
    pub failed: u32,
    /// Messages that were cancelled.
    pub cancelled: u32,
}

/// A campaign with all that is known about its way. `default_pacing` is that of sessions without one of their own.
pub fn campaign_view(campaign: &Campaign, default_pacing: Pacing, now: Timestamp) -> CampaignView<'_> {
    let pacing = campaign.pacing.unwrap_or(default_pacing);
    let forecast = forecast(campaign, default_pacing, now);
    CampaignView {
        id: campaign.campaign_id,
        name: campaign.name.as_deref(),
        session_id: campaign.session_id,
        status: campaign.status(),
        paused_reason: campaign.paused_reason.as_deref(),
        counts: counts(campaign),
        rate_per_hour: forecast.rate_per_hour,
        estimated_end: forecast.estimated_end.map(Time),
        delay_min: pacing.min_gap_ms(),
        delay_max: pacing.max_gap_ms(),
        scheduled_at: campaign.scheduled_at.map(Time),
        created_at: Time(campaign.created_at),
        finished_at: campaign.finished_at.map(Time),
    }
}

const fn counts(campaign: &Campaign) -> CampaignCounts {
    let counts = &campaign.counts;
    CampaignCounts {
        total: campaign.total,
        rejected: campaign.rejected,
        queued: counts.queued,
        sending: counts.sending,
        sent: counts.sent,
        delivered: counts.delivered,
        read: counts.read,
        failed: counts.failed,
        cancelled: counts.cancelled,
    }
}
