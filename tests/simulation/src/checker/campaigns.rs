//! What is checked of campaigns.

use domain::sending::pacing::Pacing;
use domain::values::ids::{CampaignId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use fakes::World;

use super::Checker;
use super::track::CampaignTrack;
use crate::promise::Promise;

/// A fault may be the cause of what happens within this time after it, in milliseconds.
const AFTERMATH_MS: i64 = 90_000;

impl Checker {
    /// A campaign takes part, with gaps of its own or not.
    pub fn add_campaign(&mut self, session_id: SessionId, campaign_id: CampaignId, pacing: Option<Pacing>) {
        let min_gap_ms = pacing.map(|pacing| i64::from(pacing.min_gap_ms()));
        self.session(session_id).has_other_gaps |= pacing.is_some();
        self.campaigns.insert(campaign_id, CampaignTrack { min_gap_ms, ..CampaignTrack::default() });
    }

    pub(super) fn campaign_changed(
        &mut self,
        world: &World,
        session_id: SessionId,
        campaign_id: CampaignId,
        may_send: bool,
    ) {
        let leases = self.session(session_id).leases;
        let track = self.campaigns.entry(campaign_id).or_default();
        if track.may_send && !may_send {
            track.leases_when_stopped = leases;
        }
        if track.may_send != may_send {
            (track.may_send, track.since) = (may_send, world.now());
        }
        track.refused_at = None;
    }

    /// A call for a message starts: may its campaign send?
    pub(super) fn check_campaign(&mut self, world: &World, key: MessageKey) {
        let leases = self.session(key.session_id).leases;
        let Some(track) = CampaignId::of(key.message_id).and_then(|id| self.campaigns.get(&id)) else {
            return;
        };
        let (is_stopped, refused_at) =
            (!track.may_send && track.leases_when_stopped < leases, track.refused_at);
        if is_stopped {
            let what =
                "a call of a campaign that may not send, under a lease that was made after it was stopped";
            self.violated(Promise::PauseIsPrompt, world, Some(key), what);
        }
        let fault_at = self.session(key.session_id).severe_fault_at.max(self.shared_fault_at);
        if refused_at.is_some_and(|at| fault_at < at.plus_millis(-AFTERMATH_MS)) {
            let what = "a call of a campaign whose provider refuses all of its messages";
            self.violated(Promise::RefusalPauses, world, Some(key), what);
        }
    }

    /// A worker got to know that a provider refuses all messages of a campaign.
    pub(super) fn campaign_refused(&mut self, world: &World, key: MessageKey) {
        let track = CampaignId::of(key.message_id).and_then(|id| self.campaigns.get_mut(&id));
        if let Some(track) = track.filter(|track| track.may_send) {
            track.refused_at = Some(world.now());
        }
    }

    /// The smallest gaps after a message, for replies and for bulk, in milliseconds.
    pub(super) fn min_gaps(&mut self, key: MessageKey) -> (i64, Option<i64>) {
        let of_session = self.session(key.session_id).gap.min_ms;
        let own = CampaignId::of(key.message_id).and_then(|id| self.campaigns.get(&id)?.min_gap_ms);
        (own.map_or(of_session, |own| own.min(of_session)), own)
    }

    /// Since when a message may be sent as far as its campaign is concerned; `None` when it may not.
    pub(super) fn free_since(&self, key: MessageKey) -> Option<Timestamp> {
        match CampaignId::of(key.message_id).and_then(|id| self.campaigns.get(&id)) {
            Some(track) => track.may_send.then_some(track.since),
            None => Some(Timestamp::EPOCH),
        }
    }
}
