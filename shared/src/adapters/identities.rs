//! Which account belongs to a person who logs in, in the table of accounts.

use domain::access::login::Identity;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::accounts::DynamoAccounts;
use super::items;
use super::keyring::hex;
use super::keys::AccountsKey;
use super::table::Written;
use crate::ports::{KeepIdentities, PortError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredIdentity {
    owner: AccountId,
    issuer: String,
    subject: String,
    created_at: Timestamp,
}

impl KeepIdentities for DynamoAccounts {
    async fn account_of(&self, identity: &Identity) -> Result<Option<AccountId>, PortError> {
        let stored = self.get::<StoredIdentity>("accounts.account_of", &key(identity)).await?;
        Ok(stored.map(|stored| stored.owner))
    }

    /// One conditional write. The second of two writers gets the account that the first has stored.
    async fn claim_account(
        &self,
        identity: &Identity,
        account_id: AccountId,
        now: Timestamp,
    ) -> Result<AccountId, PortError> {
        let operation = "accounts.claim_account";
        let stored = StoredIdentity {
            owner: account_id,
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            created_at: now,
        };
        match self.put_new(operation, &key(identity), &stored).await? {
            Written::Done(_) => Ok(account_id),
            Written::Refused(Some(item)) => {
                items::from_item::<StoredIdentity>(operation, item).map(|stored| stored.owner)
            }
            Written::Refused(None) => Err(PortError::new(operation, "the item that was in the way is gone")),
        }
    }
}

/// The length of the issuer goes first, so that no two pairs make the same text.
fn key(identity: &Identity) -> AccountsKey {
    let text = format!("{}#{}#{}", identity.issuer.len(), identity.issuer, identity.subject);
    AccountsKey::Identity(hex(&Sha256::digest(text)))
}
