//! The table of accounts and of the hashes of their API keys.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::ids::{AccountId, ApiKeyId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{AccountsKey, PK};
use super::update::Written;
use crate::ports::{ApiKey, ApiKeyHash, PortError, ReadApiKeys, WriteAccounts};

/// The table of accounts.
#[derive(Clone, Debug)]
pub struct DynamoAccounts {
    client: Client,
    table: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredAccount<'a> {
    name: &'a str,
    created_at: Timestamp,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredApiKey {
    key_id: ApiKeyId,
    account_id: AccountId,
    name: String,
    prefix: String,
    created_at: Timestamp,
}

impl DynamoAccounts {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Strongly consistent: a key works from the moment it is made, and no longer from the moment it is revoked.
    pub(super) async fn get(
        &self,
        operation: &'static str,
        key: &AccountsKey,
    ) -> Result<Option<Item>, PortError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, text(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed(operation))?;
        Ok(output.item)
    }

    /// Stores an item unless its key is taken.
    pub(super) async fn put_new(
        &self,
        operation: &'static str,
        key: &AccountsKey,
        mut item: Item,
    ) -> Result<Written, PortError> {
        item.insert(PK.to_owned(), text(key));
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(_) => Ok(Written::Done(None)),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Written::Refused(refusal.item.clone()))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

impl ReadApiKeys for DynamoAccounts {
    async fn api_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKey>, PortError> {
        let operation = "accounts.api_key";
        let Some(item) = self.get(operation, &AccountsKey::ApiKey(hash.clone())).await? else {
            return Ok(None);
        };
        items::from_item::<StoredApiKey>(operation, item).map(|stored| Some(stored.into()))
    }
}

impl WriteAccounts for DynamoAccounts {
    /// An account that is there already stays as it is.
    async fn put_account(&self, account_id: AccountId, name: &str, now: Timestamp) -> Result<(), PortError> {
        let operation = "accounts.put_account";
        let item = items::to_item(operation, &StoredAccount { name, created_at: now })?;
        self.put_new(operation, &AccountsKey::Account(account_id), item).await.map(drop)
    }

    async fn has_account(&self, account_id: AccountId) -> Result<bool, PortError> {
        let found = self.get("accounts.has_account", &AccountsKey::Account(account_id)).await?;
        Ok(found.is_some())
    }

    /// A hash that is taken by any other key is an error: the key would open the other one's account.
    async fn put_api_key(&self, hash: &ApiKeyHash, key: &ApiKey) -> Result<(), PortError> {
        let operation = "accounts.put_api_key";
        let stored = StoredApiKey::from(key.clone());
        let item = items::to_item(operation, &stored)?;
        let row = match self.put_new(operation, &AccountsKey::ApiKey(hash.clone()), item).await? {
            Written::Done(_) => return Ok(()),
            Written::Refused(row) => {
                row.map(|row| items::from_item::<StoredApiKey>(operation, row)).transpose()?
            }
        };
        let is_same = row.is_some_and(|row| row == stored);
        is_same
            .then_some(())
            .ok_or_else(|| PortError::new(operation, "there is another API key with this hash"))
    }
}

impl From<StoredApiKey> for ApiKey {
    fn from(stored: StoredApiKey) -> Self {
        let StoredApiKey { key_id, account_id, name, prefix, created_at } = stored;
        Self { key_id, account_id, name, prefix, created_at }
    }
}

impl From<ApiKey> for StoredApiKey {
    fn from(key: ApiKey) -> Self {
        let ApiKey { key_id, account_id, name, prefix, created_at } = key;
        Self { key_id, account_id, name, prefix, created_at }
    }
}
