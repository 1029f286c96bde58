//! Accounts and their API keys.

use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;

use super::PortError;

/// The keyed hash of an API key, in hexadecimal: all that is stored of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyHash(pub String);

/// What is stored about an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public name.
    pub key_id: ApiKeyId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The part that may be shown, `gapi_<4>`.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to some minutes.
    pub last_used_at: Option<Timestamp>,
}

/// Looking API keys up.
pub trait ReadApiKeys {
    /// The key with this hash, if there is one and it was not revoked.
    async fn api_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKey>, PortError>;
}

/// Noting that API keys are used.
pub trait NoteApiKeyUses {
    /// Notes when a key was used, unless it was revoked meanwhile, or a later use is noted.
    async fn note_use(&self, hash: &ApiKeyHash, at: Timestamp) -> Result<(), PortError>;
}

/// What became of revoking an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The key is revoked: it is refused from now on.
    Yes,
    /// The account has no such key.
    NotFound,
}

/// Listing the API keys of an account.
pub trait ListApiKeys {
    /// The keys of an account, in no order. A key that was made a moment ago may be missing; one that was revoked is.
    async fn api_keys_of(&self, account_id: AccountId) -> Result<Vec<ApiKey>, PortError>;
}

/// Creating API keys.
pub trait CreateApiKeys {
    /// Stores a new API key under its hash.
    async fn put_api_key(&self, hash: &ApiKeyHash, key: &ApiKey) -> Result<(), PortError>;
}

/// Revoking API keys.
pub trait RevokeApiKeys {
    /// Revokes a key of an account: once this has answered, it opens nothing. One that was made a moment ago may not be
    /// found yet.
    async fn revoke_api_key(&self, account_id: AccountId, key_id: ApiKeyId) -> Result<Revoked, PortError>;
}

/// Making accounts.
pub trait WriteAccounts {
    /// Stores a new account.
    async fn put_account(&self, account_id: AccountId, name: &str, now: Timestamp) -> Result<(), PortError>;

    /// Whether there is such an account.
    async fn has_account(&self, account_id: AccountId) -> Result<bool, PortError>;
}

/// The stack's keys: hashing API keys, signing and checking tokens.
pub trait Keyring {
    /// The keyed hashes of an API key, that of the stack's newest secret first; never none.
    fn api_key_hashes(&self, key: &str) -> Vec<ApiKeyHash>;

    /// The keyed hash that a new API key is stored under.
    fn hash_api_key(&self, key: &str) -> ApiKeyHash {
        self.api_key_hashes(key).swap_remove(0)
    }

    /// A token for an account that is valid until `expires_at`.
    fn sign_token(
        &self,
        account_id: AccountId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, PortError>;

    /// Keyed hashes of a text, by the stack's newest secret first, to know it again when it comes back; never none.
    fn seals(&self, text: &str) -> Vec<[u8; 32]>;

    /// A keyed hash of a text that is handed out.
    fn seal(&self, text: &str) -> [u8; 32] {
        self.seals(text).swap_remove(0)
    }

    /// The account of a valid token; `None` for every other text.
    fn verify_token(&self, token: &str, now: Timestamp) -> Option<AccountId>;
}
