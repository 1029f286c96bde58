//! The table of campaigns, as each role sees it.

use domain::campaign::Campaign;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;

use super::PortError;

/// A page of an account's campaigns, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignPage {
    /// The campaigns.
    pub campaigns: Vec<Campaign>,
    /// The last of them, if there may be more behind it.
    pub next: Option<CampaignId>,
}

/// Looking campaigns up.
pub trait ReadCampaigns {
    /// A campaign of an account, strongly consistent.
    async fn get(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError>;
}

/// Listing the campaigns of an account.
pub trait ListCampaigns {
    /// At most `limit` campaigns of an account, the newest first, those older than `before`. Strongly consistent.
    async fn list(
        &self,
        account_id: AccountId,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<CampaignPage, PortError>;
}

/// Creating campaigns.
pub trait CreateCampaigns {
    /// Stores a new campaign, unless its id is taken: then it was stored by an earlier copy of this write, and nothing
    /// changes. The campaign as it is.
    async fn create(&self, campaign: &Campaign) -> Result<Campaign, PortError>;
}

/// Noting how the storing of a campaign's rows gets on.
pub trait NoteIngestion {
    /// Notes how many messages it will have, and how many rows were refused, once that is known; `None` when there is no
    /// such campaign, otherwise the campaign as it is. Once its messages are stored, nothing changes.
    async fn note_prepared(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
    ) -> Result<Option<Campaign>, PortError>;

    /// Notes how many of its messages are stored, if that is more than was noted before; `None` when there is no such
    /// campaign, otherwise the campaign as it is.
    ///
    /// When it says [`CampaignState::Cancelled`](domain::campaign::CampaignState), the function that stores rows stops, and sends
    /// [`TimerItem::ClearCampaign`](domain::sending::timer::TimerItem): what was stored since the cancel must be cancelled, too.
    async fn note_stored(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        stored: u32,
    ) -> Result<Option<Campaign>, PortError>;

    /// Notes that all of its messages are stored. From then on they may be sent, unless it is paused or cancelled; the
    /// first time that is noted stays. `None` when there is no such campaign, otherwise the campaign as it is.
    ///
    /// A ticket must follow if it may be sent, and the same as for [`Self::note_stored`] if it was cancelled.
    async fn note_ingested(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
        now: Timestamp,
    ) -> Result<Option<Campaign>, PortError>;
}

/// Deciding about campaigns; [`decide`](crate::decisions::decide) is how.
pub trait ControlCampaigns {
    /// Stores a decision, unless another one was stored since the campaign was seen: one conditional write, which counts
    /// the decisions, so that a late copy of the write changes nothing. The campaign as it is then, as was wanted
    /// or not; `None` when there is no such campaign.
    ///
    /// Once a pause has answered, no further message of it is claimed, except by a worker that had leased its session
    /// already. A fresh ticket must follow a resume. After a cancel its waiting messages stay where they are, inert,
    /// until they are cleared.
    async fn decide(&self, seen: &Campaign, wanted: &Campaign) -> Result<Option<Campaign>, PortError>;
}
