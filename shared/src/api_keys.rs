//! Making API keys: the one way for callers and operators.

use domain::limits::API_KEYS_MAX;
use domain::request::ApiKeyRequest;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;

use crate::http::{ErrorCode, Problem};
use crate::ports::{ApiKey, CreateApiKeys, Entropy, Keyring, ListApiKeys, ReadApiKeys};
use crate::secrets;
pub use crate::views::api_key_view;

/// A key that was just made.
pub struct NewApiKey {
    /// The row that is stored: it has the key's hash, not the key.
    pub row: ApiKey,
    /// The key itself, to be shown this once.
    pub key: String,
}

/// Makes an API key of an account.
///
/// When this dies after the write, there is a key that nobody knows: it is in the list, and can be revoked. The number is
/// read from an index, so that several requests at the same moment may get a little over the limit.
pub async fn create(
    accounts: &(impl ListApiKeys + CreateApiKeys),
    keyring: &impl Keyring,
    entropy: &impl Entropy,
    account_id: AccountId,
    request: ApiKeyRequest,
    now: Timestamp,
) -> Result<NewApiKey, Problem> {
    let key = secrets::api_key(entropy);
    store(accounts, keyring, entropy, account_id, (request, key), now).await
}

/// Makes an API key of an account out of one that its owner has already, of another service. Anybody could be told by the
/// refusal that a key exists: operators alone may do this.
pub async fn import(
    accounts: &(impl ListApiKeys + CreateApiKeys + ReadApiKeys),
    keyring: &impl Keyring,
    entropy: &impl Entropy,
    account_id: AccountId,
    (request, key): (ApiKeyRequest, String),
    now: Timestamp,
) -> Result<NewApiKey, Problem> {
    if !secrets::has_key_form(&key) {
        return Err(wrong_key("must have the form gapi_<4>_<28>, of letters and digits"));
    }
    for hash in keyring.api_key_hashes(&key) {
        if accounts.api_key(&hash).await?.is_some() {
            return Err(wrong_key("is the key of an account here already; revoke it first"));
        }
    }
    store(accounts, keyring, entropy, account_id, (request, key), now).await
}

fn wrong_key(what: &str) -> Problem {
    Problem::new(ErrorCode::ValidationFailed, format!("key {what}."))
}

async fn store(
    accounts: &(impl ListApiKeys + CreateApiKeys),
    keyring: &impl Keyring,
    entropy: &impl Entropy,
    account_id: AccountId,
    (request, key): (ApiKeyRequest, String),
    now: Timestamp,
) -> Result<NewApiKey, Problem> {
    if accounts.api_keys_of(account_id).await?.len() >= API_KEYS_MAX {
        let detail = format!("An account has at most {API_KEYS_MAX} API keys; revoke one first.");
        return Err(Problem::new(ErrorCode::TooManyApiKeys, detail));
    }
    let prefix = secrets::shown_part(&key).to_owned();
    let key_id = ApiKeyId::new(now, entropy.next_u128());
    let row = ApiKey { key_id, account_id, name: request.name, prefix, created_at: now, last_used_at: None };
    accounts.put_api_key(&keyring.hash_api_key(&key), &row).await?;
    Ok(NewApiKey { row, key })
}
