//! Accounts and their API keys.

use shared::ports::{ApiKey, ApiKeyHash};

use crate::{Accounts, Checked, sample};

/// From then on, and no other; storing it again is no error.
pub async fn an_account_is_there_once_it_is_stored<A: Accounts>(accounts: &A) -> Checked {
    let account_id = sample::account_id();
    assert!(!accounts.has_account(account_id).await?);
    for _ in 0..2 {
        accounts.put_account(account_id, "Grüße", sample::NOW).await?;
        assert!(accounts.has_account(account_id).await?);
    }
    assert!(!accounts.has_account(sample::account_id()).await?);
    Ok(())
}

/// At once, and by no other hash; storing it again is no error.
pub async fn an_api_key_is_found_by_its_hash<A: Accounts>(accounts: &A) -> Checked {
    let (hash, key) = sample::api_key();
    assert_eq!(accounts.api_key(&hash).await?, None);
    for _ in 0..2 {
        accounts.put_api_key(&hash, &key).await?;
        assert_eq!(accounts.api_key(&hash).await?.as_ref(), Some(&key));
    }
    let (other, _) = sample::api_key();
    for other in [
        other,
        ApiKeyHash(String::new()),
        ApiKeyHash(hash.0.to_uppercase()),
        ApiKeyHash(hash.0[1..].to_owned()),
    ] {
        assert_eq!(accounts.api_key(&other).await?, None);
    }
    Ok(())
}

/// One key never opens two accounts.
pub async fn a_taken_hash_is_refused<A: Accounts>(accounts: &A) -> Checked {
    let (hash, key) = sample::api_key();
    accounts.put_api_key(&hash, &key).await?;
    let other = ApiKey { account_id: sample::account_id(), ..key.clone() };
    assert!(accounts.put_api_key(&hash, &other).await.is_err());
    assert_eq!(accounts.api_key(&hash).await?, Some(key));
    Ok(())
}
