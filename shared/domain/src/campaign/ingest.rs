//! Ingestion: the rows of a campaign are stored segment by segment, as steps of a chain.
//!
//! A step stores one segment and sends the next step. Every step may be delivered twice, late, or while another delivery of
//! it is being handled; what a step has to do follows from its campaign's progress.

use serde::{Deserialize, Serialize};

use crate::campaign::{Campaign, CampaignState};
use crate::message::{Content, Message, NewMessage, Retention};
use crate::tuning::{ROWS_AT_ONCE, ROWS_AT_ONCE_MAX, SEGMENT_ROWS, STORE_PAUSE_MAX_MS, STORE_PAUSE_MS};
use crate::values::ids::{AccountId, CampaignId};
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

use crate::bulk::SegmentRow;

/// "Store this segment of this campaign, then go on."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngestStep {
    /// The account that the campaign belongs to.
    pub account_id: AccountId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Which segment, from 0.
    pub segment: u32,
}

/// What a step has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepWork {
    /// Store the segment, then go on.
    Store,
    /// The segment is stored: go on. Whoever stored it may have died before it went on.
    GoOn,
    /// Its campaign was cancelled: stop, and clear what was stored.
    Clear,
    /// Nothing: a later step has been sent already, or the step before this one is not done.
    Nothing,
}

impl IngestStep {
    /// The first step of a campaign.
    pub const fn first(campaign: &Campaign) -> Self {
        Self { account_id: campaign.account_id, campaign_id: campaign.campaign_id, segment: 0 }
    }

    /// How many rows of a campaign are stored when this step is done.
    pub fn stored_after(&self, total: u32) -> u32 {
        self.segment.saturating_add(1).saturating_mul(SEGMENT_ROWS).min(total)
    }

    /// The step after this one; `None` when this is a campaign's last.
    pub fn next(&self, total: u32) -> Option<Self> {
        (self.stored_after(total) < total).then(|| Self { segment: self.segment + 1, ..*self })
    }

    /// What this step has to do, by the campaign's progress.
    pub fn work(&self, campaign: &Campaign) -> StepWork {
        let after = self.stored_after(campaign.total);
        match campaign.state {
            CampaignState::Cancelled => StepWork::Clear,
            // Its upload is not prepared yet, which ends with a step of its own.
            _ if campaign.total == 0 => StepWork::Nothing,
            // Whoever noted more than this step would has received a later step, which lives on until it is done.
            _ if campaign.stored > after => StepWork::Nothing,
            _ if campaign.stored == after => StepWork::GoOn,
            // A step is sent when the one before it is noted. One that comes sooner is nobody's: stored and noted now, it
            // would hide that the rows before it are missing.
            _ if campaign.stored < self.segment.saturating_mul(SEGMENT_ROWS) => StepWork::Nothing,
            CampaignState::Running | CampaignState::Paused | CampaignState::Finished => StepWork::Store,
        }
    }
}

/// How fast rows are stored: faster while all of them are taken, slower when a table refuses some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorePace {
    width: usize,
    pause_ms: i64,
}

impl Default for StorePace {
    fn default() -> Self {
        Self { width: ROWS_AT_ONCE, pause_ms: STORE_PAUSE_MS }
    }
}

impl StorePace {
    /// How many rows are written side by side.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The table took all rows: write one more at once the next time.
    pub fn faster(&mut self) {
        *self = Self { width: (self.width + 1).min(ROWS_AT_ONCE_MAX), pause_ms: STORE_PAUSE_MS };
    }

    /// The table refused some rows: write half as many at once the next time. Returns how many milliseconds to wait before.
    pub fn slower(&mut self) -> i64 {
        let pause_ms = self.pause_ms;
        *self = Self { width: (self.width / 2).max(1), pause_ms: (pause_ms * 2).min(STORE_PAUSE_MAX_MS) };
        pause_ms
    }
}

/// The message of a row. The same row gives the same message, whenever it is made.
pub fn message_of(campaign: &Campaign, row: SegmentRow, retention: Retention) -> Message {
    Message::queued(NewMessage {
        session_id: campaign.session_id,
        message_id: campaign.campaign_id.message(row.row),
        account_id: campaign.account_id,
        to: row.to,
        content: Content { link_preview: campaign.link_preview, ..Content::text(row.text) },
        priority: Priority::Bulk,
        scheduled_at: campaign.scheduled_at,
        created_at: campaign.created_at,
        retention,
    })
}

/// When the rows of a campaign fall due, all at the same time: their ids put them in order.
pub fn due(campaign: &Campaign) -> Timestamp {
    campaign.scheduled_at.map_or(campaign.created_at, |at| at.max(campaign.created_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::pacing::Pacing;
    use crate::values::contact::Contact;
    use crate::values::ids::SessionId;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn campaign(total: u32, stored: u32) -> Campaign {
        let ids = (AccountId::new(NOW, 1), CampaignId::new(NOW, 2), SessionId::new(NOW, 3));
        Campaign { pacing: Some(Pacing::DEFAULT), stored, ..Campaign::new(ids, total, NOW) }
    }

    fn step(segment: u32) -> IngestStep {
        IngestStep { segment, ..IngestStep::first(&campaign(0, 0)) }
    }

    #[test]
    fn a_chain_ends_with_its_last_row() {
        let total = SEGMENT_ROWS * 2 + 1;
        assert_eq!(step(0).next(total), Some(step(1)));
        assert_eq!(step(1).next(total), Some(step(2)));
        assert_eq!((step(2).next(total), step(2).stored_after(total)), (None, total));
        assert_eq!(step(1).next(SEGMENT_ROWS * 2), None);
        assert_eq!(step(0).next(1), None);
    }

    #[test]
    fn a_step_goes_on_where_its_campaign_is() {
        let total = SEGMENT_ROWS * 3;
        assert_eq!(step(1).work(&campaign(total, SEGMENT_ROWS)), StepWork::Store);
        assert_eq!(step(1).work(&campaign(total, SEGMENT_ROWS * 2)), StepWork::GoOn);
        assert_eq!(step(0).work(&campaign(total, SEGMENT_ROWS * 2)), StepWork::Nothing);
        assert_eq!(step(2).work(&campaign(total, total)), StepWork::GoOn);
        assert_eq!(step(0).work(&campaign(0, 0)), StepWork::Nothing);
        assert_eq!(step(2).work(&campaign(total, SEGMENT_ROWS)), StepWork::Nothing, "too early");
    }

    #[test]
    fn a_pause_does_not_stop_a_chain_and_a_cancel_does() {
        let paused = Campaign { state: CampaignState::Paused, ..campaign(10, 0) };
        assert_eq!(step(0).work(&paused), StepWork::Store);
        for stored in [0, 10] {
            let cancelled = Campaign { state: CampaignState::Cancelled, ..campaign(10, stored) };
            assert_eq!(step(0).work(&cancelled), StepWork::Clear);
        }
    }

    #[test]
    fn throttling_is_answered_by_slowing_down() {
        let mut pace = StorePace::default();
        let pauses: Vec<i64> = (0..8).map(|_| pace.slower()).collect();
        assert_eq!(
            (pauses[0], pauses[1], pauses[7]),
            (STORE_PAUSE_MS, STORE_PAUSE_MS * 2, STORE_PAUSE_MAX_MS)
        );
        assert_eq!(pace.width(), 1);
        (0..100).for_each(|_| pace.faster());
        assert_eq!((pace.width(), pace.slower()), (ROWS_AT_ONCE_MAX, STORE_PAUSE_MS));
    }

    #[test]
    fn a_row_is_kept_until_its_turn_however_late_that_is() {
        let campaign = campaign(1_000_000, 0);
        let row =
            SegmentRow { row: 1_000_000, to: Contact::parse("16505550001").unwrap(), text: "x".to_owned() };
        let message = message_of(&campaign, row, Retention::default());
        assert_eq!(message.delete_after, None);
        assert_eq!(CampaignId::of(message.message_id), Some(campaign.campaign_id));
    }
}
