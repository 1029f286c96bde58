//! Answers that are kept, in the table of what is short-lived.
//!
//! They are encrypted: some hold what is shown once. The row's name is a hash, so that no caller's text is in a key.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::access::idempotency::{KeptAnswer, Reservation, Seed};
use domain::limits::IDEMPOTENCY_KEPT_MS;
use domain::values::time::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::failure::failed;
use super::items::{self, Item};
use super::keyring::hex;
use super::keys::{
    ANSWER, ANSWER_STATUS, AnswersKey, EXPIRES_AT, FINGERPRINT, LEASE_UNTIL, PK, SEED_AT, SEED_RANDOM,
};
use super::update::{Update, Written};
use super::vault::{Place, Vault};
use crate::ports::{KeepAnswers, PortError, RequestName};

/// What is forgotten expires so long ago that no clock is behind it.
const FORGOTTEN_S: i64 = 24 * 3600;

/// Answers that are kept in `DynamoDB`.
#[derive(Clone, Debug)]
pub struct DynamoAnswers {
    client: Client,
    table: String,
    vault: Vault,
}

/// A reservation as it is stored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    fingerprint: String,
    seed_at: Timestamp,
    seed_random: String,
    lease_until: Timestamp,
    answer_status: Option<u16>,
    answer: Option<String>,
}

impl DynamoAnswers {
    /// The answers in a table.
    pub const fn new(client: Client, table: String, vault: Vault) -> Self {
        Self { client, table, vault }
    }

    async fn apply(
        &self,
        operation: &'static str,
        update: Update,
        name: &RequestName,
    ) -> Result<Written, PortError> {
        let key = Item::from([(PK.to_owned(), AttributeValue::S(row_key(name).to_string()))]);
        update.apply(operation, &self.client, &self.table, key).await
    }

    fn reservation(
        &self,
        operation: &'static str,
        name: &RequestName,
        item: Item,
    ) -> Result<Reservation, PortError> {
        let stored: Stored = items::from_item(operation, item)?;
        let random = u128::from_str_radix(&stored.seed_random, 16).map_err(failed(operation))?;
        let answer = match (stored.answer_status, stored.answer) {
            (Some(status), Some(sealed)) => {
                let sealed = STANDARD.decode(sealed).map_err(failed(operation))?;
                Some(KeptAnswer { status, body: self.vault.open(operation, place(name), &sealed)? })
            }
            _ => None,
        };
        Ok(Reservation {
            fingerprint: stored.fingerprint,
            seed: Seed { at: stored.seed_at, random, is_repeat: false },
            lease_until: stored.lease_until,
            answer,
        })
    }
}

impl KeepAnswers for DynamoAnswers {
    /// A row that has expired and is not deleted yet is none.
    async fn reserve(
        &self,
        name: &RequestName,
        wanted: &Reservation,
        now: Timestamp,
    ) -> Result<Option<Reservation>, PortError> {
        let operation = "answers.reserve";
        let update = Update::default()
            .set(FINGERPRINT, &wanted.fingerprint)
            .set(SEED_AT, wanted.seed.at)
            .set(SEED_RANDOM, random_text(wanted.seed))
            .set(LEASE_UNTIL, wanted.lease_until)
            .set(EXPIRES_AT, wanted.seed.at.plus_millis(IDEMPOTENCY_KEPT_MS).as_seconds())
            .remove(ANSWER_STATUS)
            .remove(ANSWER)
            .if_at_most_or_absent(EXPIRES_AT, now.as_seconds());
        match self.apply(operation, update, name).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(Some(item)) => self.reservation(operation, name, item).map(Some),
            Written::Refused(None) => Err(PortError::new(operation, "what was in the way is gone")),
        }
    }

    async fn take_over(
        &self,
        name: &RequestName,
        seen: &Reservation,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        let update = Update::default()
            .set(LEASE_UNTIL, lease_until)
            .if_is(LEASE_UNTIL, seen.lease_until)
            .if_is(SEED_RANDOM, random_text(seen.seed))
            .if_absent(ANSWER);
        let written = self.apply("answers.take_over", update, name).await?;
        Ok(matches!(written, Written::Done(_)))
    }

    async fn keep_answer(
        &self,
        name: &RequestName,
        seed: Seed,
        answer: &KeptAnswer,
    ) -> Result<(), PortError> {
        let operation = "answers.keep";
        let sealed = self.vault.seal(operation, place(name), answer.body.clone())?;
        let update = Update::default()
            .set(ANSWER_STATUS, answer.status)
            .set(ANSWER, STANDARD.encode(sealed))
            .if_is(SEED_RANDOM, random_text(seed));
        self.apply(operation, update, name).await.map(drop)
    }

    async fn end_lease(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError> {
        let update =
            Update::default().set(LEASE_UNTIL, now).if_is(SEED_RANDOM, random_text(seed)).if_absent(ANSWER);
        self.apply("answers.end_lease", update, name).await.map(drop)
    }

    async fn forget(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError> {
        let update = Update::default()
            .set(EXPIRES_AT, now.as_seconds() - FORGOTTEN_S)
            .if_is(SEED_RANDOM, random_text(seed))
            .if_absent(ANSWER);
        self.apply("answers.forget", update, name).await.map(drop)
    }
}

fn random_text(seed: Seed) -> String {
    format!("{:032x}", seed.random)
}

fn hash(name: &RequestName) -> [u8; 32] {
    let RequestName { account_id, route, key } = name;
    Sha256::digest(format!("{account_id}#{route}#{}", key.as_str())).into()
}

fn row_key(name: &RequestName) -> AnswersKey {
    AnswersKey { account_id: name.account_id, hash: hex(&hash(name)) }
}

/// An answer opens in its own row only.
fn place(name: &RequestName) -> Place {
    let mut place = Place::default();
    place.copy_from_slice(&hash(name)[..16]);
    place
}
