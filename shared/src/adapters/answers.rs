//! Answers kept for requests that are sent again, in the table `limits`.
//!
//! They are encrypted, because some hold a secret that is shown only once. The key is a hash, so that it holds no text of
//! a caller.

use aws_sdk_dynamodb::Client;
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
use super::table::{Table, Write, Written, absent, at_most, equal};
use super::vault::{Place, Vault};
use crate::ports::{KeepAnswers, PortError, RequestName};

/// How far in the past a forgotten answer expires, in seconds: further than any clock may be behind.
const FORGOTTEN_S: i64 = 24 * 3600;

/// Answers that are kept in `DynamoDB`.
#[derive(Clone, Debug)]
pub struct DynamoAnswers {
    table: Table,
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
        Self { table: Table::new(client, table), vault }
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
    /// A row that has expired counts as absent, even if it is not deleted yet.
    async fn reserve(
        &self,
        name: &RequestName,
        wanted: &Reservation,
        now: Timestamp,
    ) -> Result<Option<Reservation>, PortError> {
        let operation = "answers.reserve";
        let write = Write::update(item_key(name))
            .set(FINGERPRINT, &wanted.fingerprint)
            .set(SEED_AT, wanted.seed.at)
            .set(SEED_RANDOM, random_text(wanted.seed))
            .set(LEASE_UNTIL, wanted.lease_until)
            .set(EXPIRES_AT, wanted.seed.at.plus_millis(IDEMPOTENCY_KEPT_MS).as_seconds())
            .remove(ANSWER_STATUS)
            .remove(ANSWER)
            .only_if(absent(EXPIRES_AT).or(at_most(EXPIRES_AT, now.as_seconds())))
            .returning_refused();
        match self.table.write(operation, write).await? {
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
        let write = Write::update(item_key(name))
            .set(LEASE_UNTIL, lease_until)
            .only_if(equal(LEASE_UNTIL, seen.lease_until))
            .only_if(equal(SEED_RANDOM, random_text(seen.seed)))
            .only_if(absent(ANSWER));
        Ok(self.table.write("answers.take_over", write).await?.is_done())
    }

    async fn keep_answer(
        &self,
        name: &RequestName,
        seed: Seed,
        answer: &KeptAnswer,
    ) -> Result<(), PortError> {
        let operation = "answers.keep";
        let sealed = self.vault.seal(operation, place(name), answer.body.clone())?;
        let write = Write::update(item_key(name))
            .set(ANSWER_STATUS, answer.status)
            .set(ANSWER, STANDARD.encode(sealed))
            .only_if(equal(SEED_RANDOM, random_text(seed)));
        self.table.write(operation, write).await.map(drop)
    }

    async fn end_lease(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError> {
        let write = Write::update(item_key(name))
            .set(LEASE_UNTIL, now)
            .only_if(equal(SEED_RANDOM, random_text(seed)))
            .only_if(absent(ANSWER));
        self.table.write("answers.end_lease", write).await.map(drop)
    }

    async fn forget(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError> {
        let write = Write::update(item_key(name))
            .set(EXPIRES_AT, now.as_seconds() - FORGOTTEN_S)
            .only_if(equal(SEED_RANDOM, random_text(seed)))
            .only_if(absent(ANSWER));
        self.table.write("answers.forget", write).await.map(drop)
    }
}

fn random_text(seed: Seed) -> String {
    format!("{:032x}", seed.random)
}

fn hash(name: &RequestName) -> [u8; 32] {
    let RequestName { account_id, route, key } = name;
    Sha256::digest(format!("{account_id}#{route}#{}", key.as_str())).into()
}

fn item_key(name: &RequestName) -> Item {
    let key = AnswersKey { account_id: name.account_id, hash: hex(&hash(name)) };
    items::key([(PK, key.to_string())])
}

/// The place that binds an encrypted answer to its own row.
fn place(name: &RequestName) -> Place {
    let mut place = Place::default();
    place.copy_from_slice(&hash(name)[..16]);
    place
}
