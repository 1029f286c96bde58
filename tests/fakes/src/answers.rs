//! Kept answers, the accounts of people who log in, and what was used once.

use domain::access::idempotency::{KeptAnswer, Reservation, Seed};
use domain::access::login::Identity;
use domain::limits::IDEMPOTENCY_KEPT_MS;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use shared::ports::{KeepAnswers, KeepIdentities, PortError, RequestName, UseOnce};

use crate::World;
use crate::accounts::Accounts;
use crate::caller::Kind;

fn row(name: &RequestName) -> String {
    format!("{}#{}#{}", name.account_id, name.route, name.key.as_str())
}

impl Accounts {
    /// Changes the reservation of a run that has no answer yet.
    async fn change(
        &self,
        operation: &'static str,
        name: &RequestName,
        seed: Seed,
        change: impl Fn(&mut (Reservation, Timestamp)) + 'static,
    ) -> Result<(), PortError> {
        let row = row(name);
        let effect = move |world: &World| {
            let mut table = world.accounts.borrow_mut();
            let found = table.answers.get_mut(&row).filter(|(found, _)| found.seed.random == seed.random);
            if let Some(found) = found.filter(|(found, _)| found.answer.is_none()) {
                change(found);
            }
            Ok(())
        };
        self.caller.call(Kind::Write, operation, effect).await
    }
}

impl KeepAnswers for Accounts {
    async fn reserve(
        &self,
        name: &RequestName,
        wanted: &Reservation,
        now: Timestamp,
    ) -> Result<Option<Reservation>, PortError> {
        let (row, wanted) = (row(name), wanted.clone());
        let effect = move |world: &World| {
            let mut table = world.accounts.borrow_mut();
            let found = table.answers.get(&row).filter(|(_, expires_at)| *expires_at > now);
            if let Some((found, _)) = found {
                return Ok(Some(found.clone()));
            }
            let expires_at = wanted.seed.at.plus_millis(IDEMPOTENCY_KEPT_MS);
            table.answers.insert(row.clone(), (wanted.clone(), expires_at));
            Ok(None)
        };
        self.caller.call(Kind::Write, "answers.reserve", effect).await
    }

    async fn take_over(
        &self,
        name: &RequestName,
        seen: &Reservation,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        let (row, seen) = (row(name), seen.clone());
        let effect = move |world: &World| {
            let mut table = world.accounts.borrow_mut();
            let found = table.answers.get_mut(&row).filter(|(found, _)| *found == seen);
            Ok(found.map(|(found, _)| found.lease_until = lease_until).is_some())
        };
        self.caller.call(Kind::Write, "answers.take_over", effect).await
    }

    async fn keep_answer(
        &self,
        name: &RequestName,
        seed: Seed,
        answer: &KeptAnswer,
    ) -> Result<(), PortError> {
        let answer = answer.clone();
        self.change("answers.keep", name, seed, move |(found, _)| found.answer = Some(answer.clone())).await
    }

    async fn end_lease(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError> {
        self.change("answers.end_lease", name, seed, move |(found, _)| found.lease_until = now).await
    }

    async fn forget(&self, name: &RequestName, seed: Seed, _: Timestamp) -> Result<(), PortError> {
        self.change("answers.forget", name, seed, |(_, expires_at)| *expires_at = Timestamp::EPOCH).await
    }
}

impl KeepIdentities for Accounts {
    async fn account_of(&self, identity: &Identity) -> Result<Option<AccountId>, PortError> {
        let key = (identity.issuer.clone(), identity.subject.clone());
        let read = move |world: &World| Ok(world.accounts.borrow().identities.get(&key).copied());
        self.caller.call(Kind::Read, "accounts.account_of", read).await
    }

    async fn claim_account(
        &self,
        identity: &Identity,
        account_id: AccountId,
        _: Timestamp,
    ) -> Result<AccountId, PortError> {
        let key = (identity.issuer.clone(), identity.subject.clone());
        let claim = move |world: &World| {
            Ok(*world.accounts.borrow_mut().identities.entry(key.clone()).or_insert(account_id))
        };
        self.caller.call(Kind::Write, "accounts.claim_account", claim).await
    }
}

impl UseOnce for Accounts {
    async fn use_once(&self, what: &str, _: Timestamp) -> Result<bool, PortError> {
        let what = what.to_owned();
        let note = move |world: &World| Ok(world.accounts.borrow_mut().used.insert(what.clone()));
        self.caller.call(Kind::Write, "limits.use_once", note).await
    }
}
