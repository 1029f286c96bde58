//! The table of campaigns. A decision changes `state`, `decisions` and `pausedReason` in one conditional write. Another
//! function counts what has become of the messages, in the same item.

use aws_sdk_dynamodb::Client;
use domain::campaign::Campaign;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;

use super::items;
use super::keys::{
    ACCOUNT_ID, CAMPAIGN_ID, DECISIONS, FINISHED_AT, INGESTED_AT, PAUSED_REASON, REJECTED, STATE, STORED,
    TOTAL, campaign_key,
};
use super::table::{Query, Table, Update, Write, absent, equal, less, present};
use crate::ports::{
    CampaignPage, ControlCampaigns, CreateCampaigns, ListCampaigns, NoteIngestion, PortError, ReadCampaigns,
};

/// The table of campaigns.
#[derive(Clone, Debug)]
pub struct DynamoCampaigns {
    table: Table,
}

impl DynamoCampaigns {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }

    async fn get_strongly(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError> {
        let operation = "campaigns.get";
        let found = self.table.get(operation, campaign_key(account_id, campaign_id)).await?;
        items::from_found(operation, found)
    }

    /// Makes a write, and returns the campaign as it is afterwards, whether it was changed or not.
    async fn update(
        &self,
        operation: &'static str,
        write: Write<Update>,
    ) -> Result<Option<Campaign>, PortError> {
        let written = self.table.write(operation, write.returning_item()).await?;
        items::from_found(operation, written.item())
    }
}

impl ReadCampaigns for DynamoCampaigns {
    async fn get(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError> {
        self.get_strongly(account_id, campaign_id).await
    }
}

impl ListCampaigns for DynamoCampaigns {
    async fn list(
        &self,
        account_id: AccountId,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<CampaignPage, PortError> {
        let operation = "campaigns.list";
        let mine = equal(ACCOUNT_ID, account_id);
        let key = match before {
            None => mine,
            Some(before) => mine.and(less(CAMPAIGN_ID, before)),
        };
        let query = Query::of(key).strongly().newest_first().limit(limit);
        let found = self.table.page(operation, query).await?;
        let has_more = found.last.is_some();
        let campaigns: Vec<Campaign> = items::from_items(operation, found.items)?;
        let next = campaigns.last().map(|campaign| campaign.campaign_id).filter(|_| has_more);
        Ok(CampaignPage { campaigns, next })
    }
}

impl CreateCampaigns for DynamoCampaigns {
    async fn create(&self, campaign: &Campaign) -> Result<Campaign, PortError> {
        let operation = "campaigns.create";
        let write = Write::put(items::to_item(operation, campaign)?).only_if(absent(CAMPAIGN_ID));
        if self.table.write(operation, write).await?.is_done() {
            return Ok(campaign.clone());
        }
        let stored = self.get_strongly(campaign.account_id, campaign.campaign_id).await?;
        stored.ok_or_else(|| PortError::new(operation, "it was taken out meanwhile"))
    }
}

impl NoteIngestion for DynamoCampaigns {
    async fn note_prepared(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let write = Write::update(campaign_key(account_id, campaign_id))
            .set(TOTAL, total)
            .set(REJECTED, rejected)
            .only_if(present(CAMPAIGN_ID))
            .only_if(absent(INGESTED_AT));
        self.update("campaigns.note_prepared", write).await
    }

    async fn note_stored(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        stored: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let write = Write::update(campaign_key(account_id, campaign_id))
            .set(STORED, stored)
            .only_if(less(STORED, stored));
        self.update("campaigns.note_stored", write).await
    }

    async fn note_ingested(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
        now: Timestamp,
    ) -> Result<Option<Campaign>, PortError> {
        let write = Write::update(campaign_key(account_id, campaign_id))
            .set(INGESTED_AT, now)
            .set(STORED, total)
            .set(TOTAL, total)
            .set(REJECTED, rejected)
            .only_if(present(CAMPAIGN_ID))
            .only_if(absent(INGESTED_AT));
        // A campaign without messages is never counted, so nothing else would end it.
        let write = if total == 0 { write.set(FINISHED_AT, now) } else { write };
        self.update("campaigns.note_ingested", write).await
    }
}

impl ControlCampaigns for DynamoCampaigns {
    async fn decide(&self, seen: &Campaign, wanted: &Campaign) -> Result<Option<Campaign>, PortError> {
        let write = Write::update(campaign_key(seen.account_id, seen.campaign_id))
            .set(STATE, wanted.state)
            .set(DECISIONS, wanted.decisions)
            .set_or_remove(PAUSED_REASON, wanted.paused_reason.as_ref())
            .only_if(equal(STATE, seen.state));
        // A campaign that was stored before decisions were counted has no such number.
        let as_seen = equal(DECISIONS, seen.decisions);
        let as_seen = if seen.decisions == 0 { absent(DECISIONS).or(as_seen) } else { as_seen };
        self.update("campaigns.decide", write.only_if(as_seen)).await
    }
}
