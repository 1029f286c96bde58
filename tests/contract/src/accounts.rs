//! Accounts and their API keys.

use shared::ports::{ApiKey, ApiKeyHash, Revoked};

use crate::{Accounts, Checked, LOOKS, sample};

/// An account exists after it was stored, and no other account does; storing it again is not an error.
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

/// All of an account's keys and nobody else's. The index may lag behind.
pub async fn an_account_has_its_own_api_keys_only<A: Accounts>(accounts: &A) -> Checked {
    let account_id = sample::account_id();
    let mut mine = Vec::new();
    for _ in 0..5 {
        let (hash, key) = sample::api_key();
        let key = ApiKey { account_id, ..key };
        accounts.put_api_key(&hash, &key).await?;
        let (hash, others) = sample::api_key();
        accounts.put_api_key(&hash, &others).await?;
        mine.push(key);
    }
    // An account has a row of its own, which is no key.
    accounts.put_account(account_id, "Grüße", sample::NOW).await?;
    mine.sort_by_key(|key| key.key_id);
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        found = accounts.api_keys_of(account_id).await?;
        if found.len() >= mine.len() {
            break;
        }
    }
    found.sort_by_key(|key| key.key_id);
    assert_eq!(found, mine);
    assert_eq!(accounts.api_keys_of(sample::account_id()).await?, []);
    Ok(())
}

/// At once, by its own account alone, and once.
pub async fn a_revoked_api_key_opens_nothing<A: Accounts>(accounts: &A) -> Checked {
    let (hash, key) = sample::api_key();
    accounts.put_api_key(&hash, &key).await?;
    let (other_hash, other) = sample::api_key();
    let other = ApiKey { account_id: key.account_id, ..other };
    accounts.put_api_key(&other_hash, &other).await?;
    assert_eq!(accounts.revoke_api_key(sample::account_id(), key.key_id).await?, Revoked::NotFound);
    assert_eq!(accounts.api_key(&hash).await?.as_ref(), Some(&key));
    let mut revoked = Revoked::NotFound;
    for _ in 0..LOOKS {
        revoked = accounts.revoke_api_key(key.account_id, key.key_id).await?;
        if revoked == Revoked::Yes {
            break;
        }
    }
    assert_eq!(revoked, Revoked::Yes);
    assert_eq!(accounts.api_key(&hash).await?, None);
    assert_eq!(accounts.revoke_api_key(key.account_id, key.key_id).await?, Revoked::NotFound);
    assert_eq!(accounts.api_key(&other_hash).await?, Some(other));
    Ok(())
}

/// The latest use stays, and a key that was revoked does not come back by it.
pub async fn the_latest_use_of_an_api_key_is_noted<A: Accounts>(accounts: &A) -> Checked {
    let (hash, key) = sample::api_key();
    accounts.note_use(&hash, sample::NOW).await?;
    assert_eq!(accounts.api_key(&hash).await?, None);
    accounts.put_api_key(&hash, &key).await?;
    for (noted, latest) in [(5, 5), (9, 9), (7, 9), (9, 9)] {
        accounts.note_use(&hash, sample::at(noted)).await?;
        let used = ApiKey { last_used_at: Some(sample::at(latest)), ..key.clone() };
        assert_eq!(accounts.api_key(&hash).await?, Some(used));
    }
    Ok(())
}
