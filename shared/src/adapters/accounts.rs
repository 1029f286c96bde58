//! The table of accounts and of the hashes of their API keys.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{ACCOUNT_ID, AccountsKey, BY_ACCOUNT_INDEX, KEY_ID, LAST_USED_AT, PK};
use super::update::Written;
use crate::ports::{
    ApiKey, ApiKeyHash, ManageApiKeys, NoteApiKeyUses, PortError, ReadApiKeys, Revoked, WriteAccounts,
};

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
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
}

impl NoteApiKeyUses for DynamoAccounts {
    /// Names no attribute but the key's own and `lastUsedAt`: the functions that authenticate may write no other.
    async fn note_use(&self, hash: &ApiKeyHash, at: Timestamp) -> Result<(), PortError> {
        let operation = "accounts.note_use";
        let at = serde_dynamo::to_attribute_value(at).map_err(failed(operation))?;
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PK, text(&AccountsKey::ApiKey(hash.clone())))
            .update_expression("SET #used = :at")
            .condition_expression("attribute_exists(#pk) AND (attribute_not_exists(#used) OR #used < :at)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#used", LAST_USED_AT)
            .expression_attribute_values(":at", at)
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

impl DynamoAccounts {
    /// The hashes of an account's keys, from the index.
    async fn hashes_of(
        &self,
        operation: &'static str,
        account_id: AccountId,
    ) -> Result<Vec<ApiKeyHash>, PortError> {
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_ACCOUNT_INDEX)
            .key_condition_expression("#account = :account")
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_values(":account", text(&account_id))
            .into_paginator()
            .items()
            .send();
        let found: Vec<Item> = pages.try_collect().await.map_err(failed(operation))?;
        let keys = found.iter().map(|item| items::parsed::<AccountsKey>(operation, item, PK));
        let keys: Vec<AccountsKey> = keys.collect::<Result<_, _>>()?;
        let hash = |key| if let AccountsKey::ApiKey(hash) = key { Some(hash) } else { None };
        Ok(keys.into_iter().filter_map(hash).collect())
    }

    /// The keys of an account as they are now, each with its hash.
    async fn hashed_keys_of(&self, account_id: AccountId) -> Result<Vec<(ApiKeyHash, ApiKey)>, PortError> {
        let hashes = self.hashes_of("accounts.api_keys_of", account_id).await?;
        let keys = try_join_all(hashes.iter().map(|hash| self.api_key(hash))).await?;
        let found = hashes.into_iter().zip(keys).filter_map(|(hash, key)| Some((hash, key?)));
        Ok(found.filter(|(_, key)| key.account_id == account_id).collect())
    }
}

impl ManageApiKeys for DynamoAccounts {
    async fn api_keys_of(&self, account_id: AccountId) -> Result<Vec<ApiKey>, PortError> {
        Ok(self.hashed_keys_of(account_id).await?.into_iter().map(|(_, key)| key).collect())
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

    async fn revoke_api_key(&self, account_id: AccountId, key_id: ApiKeyId) -> Result<Revoked, PortError> {
        let operation = "accounts.revoke_api_key";
        let found = self.hashed_keys_of(account_id).await?.into_iter().find(|(_, key)| key.key_id == key_id);
        let Some((hash, _)) = found else { return Ok(Revoked::NotFound) };
        let result = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(PK, text(&AccountsKey::ApiKey(hash)))
            .condition_expression("#key = :key")
            .expression_attribute_names("#key", KEY_ID)
            .expression_attribute_values(":key", text(&key_id))
            .send()
            .await;
        match result {
            Ok(_) => Ok(Revoked::Yes),
            Err(error) => match error.as_service_error() {
                // Gone between the look and the write: by another request, or by an earlier copy of this one.
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Revoked::Yes),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

impl From<StoredApiKey> for ApiKey {
    fn from(stored: StoredApiKey) -> Self {
        let StoredApiKey { key_id, account_id, name, prefix, created_at, last_used_at } = stored;
        Self { key_id, account_id, name, prefix, created_at, last_used_at }
    }
}

impl From<ApiKey> for StoredApiKey {
    fn from(key: ApiKey) -> Self {
        let ApiKey { key_id, account_id, name, prefix, created_at, last_used_at } = key;
        Self { key_id, account_id, name, prefix, created_at, last_used_at }
    }
}
