//! The table of accounts and of the hashes of their API keys.

use aws_sdk_dynamodb::Client;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::items::{self, Item};
use super::keys::{ACCOUNT_ID, AccountsKey, BY_ACCOUNT_INDEX, KEY_ID, LAST_USED_AT, PK};
use super::table::{Query, Table, Write, Written, absent, equal, less, present};
use crate::ports::{
    ApiKey, ApiKeyHash, CreateApiKeys, ListApiKeys, NoteApiKeyUses, PortError, ReadApiKeys, RevokeApiKeys,
    Revoked, WriteAccounts,
};

/// The table of accounts.
#[derive(Clone, Debug)]
pub struct DynamoAccounts {
    table: Table,
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
        Self { table: Table::new(client, table) }
    }

    /// Strongly consistent: a key works from the moment it is made, and no longer from the moment it is revoked.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        key: &AccountsKey,
    ) -> Result<Option<T>, PortError> {
        items::from_found(operation, self.table.get(operation, item_key(key)).await?)
    }

    /// Stores an item unless its key is taken; then the refusal holds the item that has the key.
    pub(super) async fn put_new<T: Serialize>(
        &self,
        operation: &'static str,
        key: &AccountsKey,
        value: &T,
    ) -> Result<Written, PortError> {
        let item = items::to_keyed_item(operation, item_key(key), value)?;
        let write = Write::put(item).only_if(absent(PK)).returning_refused();
        self.table.write(operation, write).await
    }
}

impl ReadApiKeys for DynamoAccounts {
    async fn api_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKey>, PortError> {
        let key = AccountsKey::ApiKey(hash.clone());
        let stored = self.get::<StoredApiKey>("accounts.api_key", &key).await?;
        Ok(stored.map(ApiKey::from))
    }
}

impl WriteAccounts for DynamoAccounts {
    /// An account that is there already stays as it is.
    async fn put_account(&self, account_id: AccountId, name: &str, now: Timestamp) -> Result<(), PortError> {
        let key = AccountsKey::Account(account_id);
        let account = StoredAccount { name, created_at: now };
        self.put_new("accounts.put_account", &key, &account).await.map(drop)
    }

    async fn has_account(&self, account_id: AccountId) -> Result<bool, PortError> {
        let key = item_key(&AccountsKey::Account(account_id));
        let found = self.table.get("accounts.has_account", key).await?;
        Ok(found.is_some())
    }
}

impl NoteApiKeyUses for DynamoAccounts {
    /// Names only the attributes `pk` and `lastUsedAt`: the functions that authenticate may write no others.
    async fn note_use(&self, hash: &ApiKeyHash, at: Timestamp) -> Result<(), PortError> {
        let write = Write::update(item_key(&AccountsKey::ApiKey(hash.clone())))
            .set(LAST_USED_AT, at)
            .only_if(present(PK))
            .only_if(absent(LAST_USED_AT).or(less(LAST_USED_AT, at)));
        self.table.write("accounts.note_use", write).await.map(drop)
    }
}

impl DynamoAccounts {
    /// The hashes of an account's keys, from the index.
    async fn hashes_of(
        &self,
        operation: &'static str,
        account_id: AccountId,
    ) -> Result<Vec<ApiKeyHash>, PortError> {
        let query = Query::of(equal(ACCOUNT_ID, account_id)).index(BY_ACCOUNT_INDEX);
        let found = self.table.all(operation, query).await?;
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

impl ListApiKeys for DynamoAccounts {
    async fn api_keys_of(&self, account_id: AccountId) -> Result<Vec<ApiKey>, PortError> {
        Ok(self.hashed_keys_of(account_id).await?.into_iter().map(|(_, key)| key).collect())
    }
}

impl CreateApiKeys for DynamoAccounts {
    /// It is an error if another API key has this hash: the new key would open the other one's account.
    async fn put_api_key(&self, hash: &ApiKeyHash, key: &ApiKey) -> Result<(), PortError> {
        let operation = "accounts.put_api_key";
        let stored = StoredApiKey::from(key.clone());
        let row = match self.put_new(operation, &AccountsKey::ApiKey(hash.clone()), &stored).await? {
            Written::Done(_) => return Ok(()),
            Written::Refused(row) => items::from_found::<StoredApiKey>(operation, row)?,
        };
        let is_same = row.is_some_and(|row| row == stored);
        is_same
            .then_some(())
            .ok_or_else(|| PortError::new(operation, "there is another API key with this hash"))
    }
}

impl RevokeApiKeys for DynamoAccounts {
    async fn revoke_api_key(&self, account_id: AccountId, key_id: ApiKeyId) -> Result<Revoked, PortError> {
        let found = self.hashed_keys_of(account_id).await?.into_iter().find(|(_, key)| key.key_id == key_id);
        let Some((hash, _)) = found else { return Ok(Revoked::NotFound) };
        let key = item_key(&AccountsKey::ApiKey(hash));
        // Refused: another request, or an earlier copy of this one, has deleted it since it was read.
        let write = Write::delete(key).only_if(equal(KEY_ID, key_id));
        self.table.write("accounts.revoke_api_key", write).await?;
        Ok(Revoked::Yes)
    }
}

fn item_key(key: &AccountsKey) -> Item {
    items::key([(PK, key.to_string())])
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
