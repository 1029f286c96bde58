//! The table of campaigns, and its ports.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;
use shared::ports::{
    CampaignPage, ControlCampaigns, CreateCampaigns, ListCampaigns, NoteIngestion, PortError, ReadCampaigns,
};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::event::Event;
use crate::faults::Sabotage;

/// Campaigns, and what each was before its latest change, for readers that lag behind.
#[derive(Default)]
pub(crate) struct CampaignTable {
    campaigns: BTreeMap<(AccountId, CampaignId), Campaign>,
    before: BTreeMap<(AccountId, CampaignId), (Timestamp, Campaign)>,
}

/// How long a reader that is not strongly consistent sees a campaign as it was before, in milliseconds.
const STALE_MS: i64 = 2_000;

impl CampaignTable {
    pub(crate) fn get(&self, account_id: AccountId, campaign_id: CampaignId) -> Option<&Campaign> {
        self.campaigns.get(&(account_id, campaign_id))
    }

    fn stale(&self, key: (AccountId, CampaignId), now: Timestamp) -> Option<&Campaign> {
        let lagging =
            self.before.get(&key).filter(|(changed_at, _)| now.millis_since(*changed_at) < STALE_MS);
        lagging.map(|(_, campaign)| campaign).or_else(|| self.campaigns.get(&key))
    }

    fn create(&mut self, campaign: &Campaign) -> Campaign {
        let key = (campaign.account_id, campaign.campaign_id);
        self.campaigns.entry(key).or_insert_with(|| campaign.clone()).clone()
    }

    /// Changes a campaign, if there is one; the campaign as it is afterwards, and what has changed.
    fn change(
        &mut self,
        key: (AccountId, CampaignId),
        now: Timestamp,
        change: impl FnOnce(Campaign) -> Campaign,
    ) -> (Option<Campaign>, Option<Event>) {
        let Some(stored) = self.campaigns.get_mut(&key) else { return (None, None) };
        let before = stored.clone();
        let after = change(before.clone());
        *stored = after.clone();
        let has_changed = before.may_send() != after.may_send() || before.state != after.state;
        let event = has_changed.then(|| Event::CampaignChanged(before.session_id, key.1, after.may_send()));
        if before != after {
            self.before.insert(key, (now, before));
        }
        (Some(after), event)
    }
}

/// The table of campaigns, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Campaigns {
    caller: Caller,
}

impl Caller {
    /// The table of campaigns.
    pub fn campaigns(&self) -> Campaigns {
        Campaigns { caller: self.clone() }
    }
}

impl World {
    /// A campaign as it is stored.
    pub fn campaign(&self, account_id: AccountId, campaign_id: CampaignId) -> Option<Campaign> {
        self.campaigns.borrow().get(account_id, campaign_id).cloned()
    }

    /// Stores a campaign.
    pub fn put_campaign(&self, campaign: &Campaign) {
        self.campaigns.borrow_mut().create(campaign);
    }
}

impl Campaigns {
    async fn read<R: 'static>(
        &self,
        operation: &'static str,
        read: impl Fn(&CampaignTable) -> R + 'static,
    ) -> Result<R, PortError> {
        self.caller.call(Kind::Read, operation, move |world| Ok(read(&world.campaigns.borrow()))).await
    }

    async fn change(
        &self,
        operation: &'static str,
        key: (AccountId, CampaignId),
        change: impl Fn(Campaign) -> Campaign + 'static,
    ) -> Result<Option<Campaign>, PortError> {
        let effect = move |world: &World| {
            let (campaign, event) = world.campaigns.borrow_mut().change(key, world.now(), &change);
            world.tell(event);
            Ok(campaign)
        };
        self.caller.call(Kind::Write, operation, effect).await
    }
}

impl ReadCampaigns for Campaigns {
    async fn get(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError> {
        let read = move |world: &World| {
            let table = world.campaigns.borrow();
            let key = (account_id, campaign_id);
            let is_stale = world.without(Sabotage::StaleCampaigns);
            let seen =
                if is_stale { table.stale(key, world.now()) } else { table.get(account_id, campaign_id) };
            Ok(seen.cloned().map(|campaign| distorted(world, campaign)))
        };
        self.caller.call(Kind::Read, "campaigns.get", read).await
    }
}

impl ListCampaigns for Campaigns {
    async fn list(
        &self,
        account_id: AccountId,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<CampaignPage, PortError> {
        let list = move |table: &CampaignTable| {
            let of_account = table.campaigns.iter().rev().filter(|((owner, _), _)| *owner == account_id);
            let older = of_account.filter(|((_, id), _)| before.is_none_or(|before| *id < before));
            let campaigns: Vec<Campaign> = older.take(limit).map(|(_, campaign)| campaign.clone()).collect();
            // As a query with a limit: it says that there may be more when it has read as many as it may.
            let last = campaigns.last().map(|campaign| campaign.campaign_id);
            CampaignPage { next: last.filter(|_| campaigns.len() == limit), campaigns }
        };
        self.read("campaigns.list", list).await
    }
}

impl CreateCampaigns for Campaigns {
    async fn create(&self, campaign: &Campaign) -> Result<Campaign, PortError> {
        let campaign = campaign.clone();
        let create = move |world: &World| Ok(world.campaigns.borrow_mut().create(&campaign));
        self.caller.call(Kind::Write, "campaigns.create", create).await
    }
}

impl NoteIngestion for Campaigns {
    async fn note_prepared(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let note = move |campaign: Campaign| {
            if campaign.ingested_at.is_some() {
                return campaign;
            }
            Campaign { total, rejected, ..campaign }
        };
        self.change("campaigns.note_prepared", (account_id, campaign_id), note).await
    }

    async fn note_stored(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        stored: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let note = move |campaign: Campaign| Campaign { stored: campaign.stored.max(stored), ..campaign };
        self.change("campaigns.note_stored", (account_id, campaign_id), note).await
    }

    async fn note_ingested(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
        now: Timestamp,
    ) -> Result<Option<Campaign>, PortError> {
        let note = move |campaign: Campaign| {
            if campaign.ingested_at.is_some() {
                return campaign;
            }
            let finished_at = if total == 0 { Some(now) } else { campaign.finished_at };
            Campaign { ingested_at: Some(now), stored: total, total, rejected, finished_at, ..campaign }
        };
        self.change("campaigns.note_ingested", (account_id, campaign_id), note).await
    }
}

impl ControlCampaigns for Campaigns {
    async fn decide(&self, seen: &Campaign, wanted: &Campaign) -> Result<Option<Campaign>, PortError> {
        let (key, seen, wanted) =
            ((seen.account_id, seen.campaign_id), (seen.state, seen.decisions), wanted.clone());
        if self.caller.world().without(Sabotage::NoHalt) && wanted.paused_reason.is_some() {
            return Ok(Some(wanted));
        }
        let decide = move |stored: Campaign| {
            if (stored.state, stored.decisions) != seen {
                return stored;
            }
            let Campaign { state, decisions, paused_reason, .. } = wanted.clone();
            Campaign { state, decisions, paused_reason, ..stored }
        };
        self.change("campaigns.decide", key, decide).await
    }
}

/// A campaign as the dispatcher sees it, with a rule about it taken out.
fn distorted(world: &World, mut campaign: Campaign) -> Campaign {
    if world.without(Sabotage::CampaignsUnasked) {
        campaign.state = domain::campaign::CampaignState::Running;
        campaign.ingested_at = Some(world.now());
    }
    campaign
}
