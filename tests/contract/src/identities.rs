//! Which account a person has.

use domain::access::login::Identity;
use futures_util::future::join_all;
use shared::ports::KeepIdentities;

use crate::{Checked, RACES, sample};

fn somebody() -> Identity {
    let subject = format!("{:x}", sample::random());
    Identity { issuer: "https://issuer.example".to_owned(), subject, verified_email: None }
}

/// A person is identified by issuer and subject only; an e-mail address may change.
pub async fn somebody_keeps_their_account<A: KeepIdentities>(accounts: &A) -> Checked {
    let (identity, account_id) = (somebody(), sample::account_id());
    assert_eq!(accounts.account_of(&identity).await?, None);
    assert_eq!(accounts.claim_account(&identity, account_id, sample::NOW).await?, account_id);
    let moved = Identity { verified_email: Some("new@example.com".to_owned()), ..identity.clone() };
    assert_eq!(accounts.account_of(&moved).await?, Some(account_id));
    assert_eq!(accounts.claim_account(&moved, sample::account_id(), sample::NOW).await?, account_id);
    let elsewhere = Identity { issuer: "https://other.example".to_owned(), ..identity };
    assert_eq!(accounts.account_of(&elsewhere).await?, None);
    assert_eq!(accounts.account_of(&somebody()).await?, None);
    Ok(())
}

/// All get the same account.
pub async fn of_many_accounts_at_once_one_is_claimed<A: KeepIdentities>(accounts: &A) -> Checked {
    for _ in 0..RACES {
        let identity = somebody();
        let ids: Vec<_> = (0..6).map(|_| sample::account_id()).collect();
        let all = join_all(ids.iter().map(|id| accounts.claim_account(&identity, *id, sample::NOW))).await;
        let mut told = Vec::new();
        for result in all {
            told.push(result?);
        }
        assert!(ids.contains(&told[0]) && told.iter().all(|id| *id == told[0]), "{told:?}");
    }
    Ok(())
}
