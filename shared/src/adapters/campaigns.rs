//! The table of campaigns. What was decided about one is `state`, `decisions` and `pausedReason`, which change by one
//! conditional write; what has become of its messages is counted beside it, by another function.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::campaign::Campaign;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{
    ACCOUNT_ID, CAMPAIGN_ID, DECISIONS, FINISHED_AT, INGESTED_AT, PAUSED_REASON, REJECTED, STATE, STORED,
    TOTAL,
};
use super::update::{Update, Written};
use crate::ports::{
    CampaignPage, ControlCampaigns, DispatchCampaigns, PortError, ReadCampaigns, WriteCampaigns,
};

/// The table of campaigns.
#[derive(Clone, Debug)]
pub struct DynamoCampaigns {
    client: Client,
    table: String,
}

impl DynamoCampaigns {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn get_strongly(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError> {
        let operation = "campaigns.get";
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item_key(account_id, campaign_id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed(operation))?;
        campaign_of(operation, output.item)
    }

    /// Makes an update, and returns the campaign as it is afterwards, changed or not.
    async fn update(
        &self,
        operation: &'static str,
        (account_id, campaign_id): (AccountId, CampaignId),
        update: Update,
    ) -> Result<Option<Campaign>, PortError> {
        let key = item_key(account_id, campaign_id);
        let update = update.returning_item();
        let (Written::Done(item) | Written::Refused(item)) =
            update.apply(operation, &self.client, &self.table, key).await?;
        campaign_of(operation, item)
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

    async fn list(
        &self,
        account_id: AccountId,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<CampaignPage, PortError> {
        let operation = "campaigns.list";
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_values(":account", text(&account_id));
        let query = match before {
            None => query.key_condition_expression("#account = :account"),
            Some(before) => query
                .key_condition_expression("#account = :account AND #campaign < :before")
                .expression_attribute_names("#campaign", CAMPAIGN_ID)
                .expression_attribute_values(":before", text(&before)),
        };
        let output = query.send().await.map_err(failed(operation))?;
        let has_more = output.last_evaluated_key().is_some();
        let found = output.items.unwrap_or_default().into_iter();
        let campaigns: Vec<Campaign> =
            found.map(|item| items::from_item(operation, item)).collect::<Result<_, _>>()?;
        let next = campaigns.last().map(|campaign| campaign.campaign_id).filter(|_| has_more);
        Ok(CampaignPage { campaigns, next })
    }
}

impl WriteCampaigns for DynamoCampaigns {
    async fn create(&self, campaign: &Campaign) -> Result<Campaign, PortError> {
        let operation = "campaigns.create";
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(items::to_item(operation, campaign)?))
            .condition_expression("attribute_not_exists(#id)")
            .expression_attribute_names("#id", CAMPAIGN_ID)
            .send()
            .await;
        match result {
            Ok(_) => Ok(campaign.clone()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => {
                    let stored = self.get_strongly(campaign.account_id, campaign.campaign_id).await?;
                    stored.ok_or_else(|| PortError::new(operation, "it was taken out meanwhile"))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }

    async fn note_prepared(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let update = Update::default()
            .set(TOTAL, total)
            .set(REJECTED, rejected)
            .if_present(CAMPAIGN_ID)
            .if_absent(INGESTED_AT);
        self.update("campaigns.note_prepared", (account_id, campaign_id), update).await
    }

    async fn note_stored(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        stored: u32,
    ) -> Result<Option<Campaign>, PortError> {
        let update = Update::default().set(STORED, stored).if_below(STORED, stored);
        self.update("campaigns.note_stored", (account_id, campaign_id), update).await
    }

    async fn note_ingested(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
        total: u32,
        rejected: u32,
        now: Timestamp,
    ) -> Result<Option<Campaign>, PortError> {
        let update = Update::default()
            .set(INGESTED_AT, now)
            .set(STORED, total)
            .set(TOTAL, total)
            .set(REJECTED, rejected)
            .if_present(CAMPAIGN_ID)
            .if_absent(INGESTED_AT);
        // Without messages nothing is counted that could end it.
        let update = if total == 0 { update.set(FINISHED_AT, now) } else { update };
        self.update("campaigns.note_ingested", (account_id, campaign_id), update).await
    }
}

impl ControlCampaigns for DynamoCampaigns {
    async fn decide(&self, seen: &Campaign, wanted: &Campaign) -> Result<Option<Campaign>, PortError> {
        let update = Update::default()
            .set(STATE, wanted.state)
            .set(DECISIONS, wanted.decisions)
            .set_or_remove(PAUSED_REASON, wanted.paused_reason.as_ref())
            .if_is(STATE, seen.state);
        // One that was stored before decisions were counted has no number.
        let update = match seen.decisions {
            0 => update.if_is_or_absent(DECISIONS, seen.decisions),
            _ => update.if_is(DECISIONS, seen.decisions),
        };
        self.update("campaigns.decide", (seen.account_id, seen.campaign_id), update).await
    }
}

impl DispatchCampaigns for DynamoCampaigns {
    async fn campaign(
        &self,
        account_id: AccountId,
        campaign_id: CampaignId,
    ) -> Result<Option<Campaign>, PortError> {
        self.get_strongly(account_id, campaign_id).await
    }
}

fn item_key(account_id: AccountId, campaign_id: CampaignId) -> Item {
    items::key([(ACCOUNT_ID, account_id.to_string()), (CAMPAIGN_ID, campaign_id.to_string())])
}

fn campaign_of(operation: &'static str, item: Option<Item>) -> Result<Option<Campaign>, PortError> {
    item.map(|item| items::from_item(operation, item)).transpose()
}
