//! Accounts, API keys, tokens and the counters of requests.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::idempotency::Reservation;
use domain::access::rate_limit::Usage;
use domain::limits::RATE_WINDOW_MS;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;
use shared::ports::{
    ApiKey, ApiKeyHash, CountRequests, CreateApiKeys, Keyring, ListApiKeys, NoteApiKeyUses, PortError,
    ReadApiKeys, RevokeApiKeys, Revoked, WriteAccounts,
};

use crate::World;
use crate::caller::{Caller, Kind};

/// Accounts, keys and counters.
#[derive(Default)]
pub(crate) struct AccountTable {
    pub(crate) answers: BTreeMap<String, (Reservation, Timestamp)>,
    pub(crate) identities: BTreeMap<(String, String), AccountId>,
    pub(crate) used: BTreeSet<String>,
    accounts: BTreeSet<AccountId>,
    api_keys: BTreeMap<String, ApiKey>,
    counters: BTreeMap<String, (u32, Timestamp)>,
}

/// The tables of accounts and of counters, as one caller sees them.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(crate) caller: Caller,
}

impl Caller {
    /// The tables of accounts and of counters.
    pub fn accounts(&self) -> Accounts {
        Accounts { caller: self.clone() }
    }
}

impl AccountTable {
    /// Counts a request; the first of a window opens it.
    fn count(&mut self, client: &str, limit: u32, now: Timestamp) -> Usage {
        let (used, window_ends) =
            self.counters.entry(client.to_owned()).or_insert((0, now.plus_millis(RATE_WINDOW_MS)));
        if *window_ends <= now {
            (*used, *window_ends) = (0, now.plus_millis(RATE_WINDOW_MS));
        }
        *used = (*used + 1).min(limit.saturating_add(1));
        Usage { limit, used: *used, window_ends: *window_ends }
    }

    /// Stores a key; `false` when another one has its hash.
    fn put_api_key(&mut self, hash: &ApiKeyHash, key: &ApiKey) -> bool {
        *self.api_keys.entry(hash.0.clone()).or_insert_with(|| key.clone()) == *key
    }
}

impl ReadApiKeys for Accounts {
    async fn api_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKey>, PortError> {
        let hash = hash.clone();
        let read = move |world: &World| Ok(world.accounts.borrow().api_keys.get(&hash.0).cloned());
        self.caller.call(Kind::Read, "accounts.api_key", read).await
    }
}

impl WriteAccounts for Accounts {
    async fn put_account(&self, account_id: AccountId, _: &str, _: Timestamp) -> Result<(), PortError> {
        let put = move |world: &World| {
            world.accounts.borrow_mut().accounts.insert(account_id);
            Ok(())
        };
        self.caller.call(Kind::Write, "accounts.put_account", put).await
    }

    async fn has_account(&self, account_id: AccountId) -> Result<bool, PortError> {
        let read = move |world: &World| Ok(world.accounts.borrow().accounts.contains(&account_id));
        self.caller.call(Kind::Read, "accounts.has_account", read).await
    }
}

impl NoteApiKeyUses for Accounts {
    async fn note_use(&self, hash: &ApiKeyHash, at: Timestamp) -> Result<(), PortError> {
        let hash = hash.clone();
        let note = move |world: &World| {
            if let Some(key) = world.accounts.borrow_mut().api_keys.get_mut(&hash.0) {
                key.last_used_at = key.last_used_at.max(Some(at));
            }
            Ok(())
        };
        self.caller.call(Kind::Write, "accounts.note_use", note).await
    }
}

impl ListApiKeys for Accounts {
    async fn api_keys_of(&self, account_id: AccountId) -> Result<Vec<ApiKey>, PortError> {
        let read = move |world: &World| {
            let accounts = world.accounts.borrow();
            Ok(accounts.api_keys.values().filter(|key| key.account_id == account_id).cloned().collect())
        };
        self.caller.call(Kind::Read, "accounts.api_keys_of", read).await
    }
}

impl RevokeApiKeys for Accounts {
    async fn revoke_api_key(&self, account_id: AccountId, key_id: ApiKeyId) -> Result<Revoked, PortError> {
        let revoke = move |world: &World| {
            let keys = &mut world.accounts.borrow_mut().api_keys;
            let before = keys.len();
            keys.retain(|_, key| key.account_id != account_id || key.key_id != key_id);
            Ok(if keys.len() < before { Revoked::Yes } else { Revoked::NotFound })
        };
        self.caller.call(Kind::Write, "accounts.revoke_api_key", revoke).await
    }
}

impl CreateApiKeys for Accounts {
    async fn put_api_key(&self, hash: &ApiKeyHash, key: &ApiKey) -> Result<(), PortError> {
        let (hash, key) = (hash.clone(), key.clone());
        let put = move |world: &World| {
            let is_this = world.accounts.borrow_mut().put_api_key(&hash, &key);
            is_this.then_some(()).ok_or_else(|| PortError::new("accounts.put_api_key", "the hash is taken"))
        };
        self.caller.call(Kind::Write, "accounts.put_api_key", put).await
    }
}

impl CountRequests for Accounts {
    async fn count(&self, client: &str, limit: u32, now: Timestamp) -> Result<Usage, PortError> {
        let client = client.to_owned();
        let count = move |world: &World| Ok(world.accounts.borrow_mut().count(&client, limit, now));
        self.caller.call(Kind::Read, "limits.count", count).await
    }
}

/// Keys that protect nothing: a hash is the key itself, a token says whose it is and until when.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenKeyring;

impl Keyring for OpenKeyring {
    fn api_key_hashes(&self, key: &str) -> Vec<ApiKeyHash> {
        vec![ApiKeyHash(format!("hash of {key}"))]
    }

    fn sign_token(
        &self,
        account_id: AccountId,
        _: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, PortError> {
        Ok(format!("{account_id}.{}", expires_at.as_millis()))
    }

    /// FNV-1a, so that another text has another seal.
    fn seals(&self, text: &str) -> Vec<[u8; 32]> {
        let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes();
        vec![std::array::from_fn(|index| hash[index % 8])]
    }

    fn verify_token(&self, token: &str, now: Timestamp) -> Option<AccountId> {
        let (account_id, expires_at) = token.split_once('.')?;
        let expires_at: i64 = expires_at.parse().ok()?;
        account_id.parse().ok().filter(|_| now.as_millis() < expires_at)
    }
}
