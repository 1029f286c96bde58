//! The table of sessions. Configuration and pacer are two items of one partition, so that one query reads both.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::sending::allowance::SendingLimits;
use domain::sending::lease::Lease;
use domain::sending::pacer::{Pacer, Release};
use domain::sending::pacing::Pacing;
use domain::session::{ProviderConfig, Session, SessionState};
use domain::values::country::Country;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{
    ACCOUNT_ID, BY_ACCOUNT_INDEX, DELETED_AT, FAILURES, FENCE, HOLD, KIND, LEASE, LOOKED, MESSAGE_ID,
    NEW_CONTACTS_HOLD, PROVIDER, SESSION_ID, SessionItem, session_key,
};
use super::table::{Condition, Query, Table, Write, Written, absent, equal, present, unchanged};
use super::vault::Vault;
use crate::ports::{
    Acquisition, ChangeSessions, Changed, EndHolds, LeaseSessions, ListSessions, PortError, ReadSessions,
    WalkSessions, WriteSessions,
};

/// The table of sessions.
#[derive(Clone, Debug)]
pub struct DynamoSessions {
    table: Table,
    vault: Vault,
}

/// The configuration as it is stored, without the provider, which is encrypted and bound to the session.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredConfig {
    session_id: SessionId,
    account_id: AccountId,
    name: String,
    /// Only for people who look at the table. What counts is inside the encrypted provider.
    provider_kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pacing: Option<Pacing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<SendingLimits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_country: Option<Country>,
    created_at: Timestamp,
}

impl StoredConfig {
    fn of(session: &Session) -> Self {
        Self {
            session_id: session.session_id,
            account_id: session.account_id,
            name: session.name.clone(),
            provider_kind: session.provider.kind().name().to_owned(),
            pacing: session.pacing,
            limits: session.limits.clone(),
            default_country: session.default_country,
            created_at: session.created_at,
        }
    }

    fn session(self, provider: ProviderConfig) -> Session {
        let Self { session_id, account_id, name, pacing, limits, default_country, created_at, .. } = self;
        Session {
            pacing,
            limits,
            default_country,
            ..Session::new(session_id, account_id, name, provider, created_at)
        }
    }
}

impl DynamoSessions {
    /// The table of this name, its secrets encrypted by `vault`.
    pub const fn new(client: Client, table: String, vault: Vault) -> Self {
        Self { table: Table::new(client, table), vault }
    }

    /// A session and its pacer, in one strongly consistent query of its partition.
    async fn load_both(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        let operation = "sessions.load";
        let query = Query::of(equal(SESSION_ID, session_id)).strongly();
        let mut found = self.table.page(operation, query).await?.items;
        let Some(mut config) = take(&mut found, SessionItem::Config) else { return Ok(None) };
        let deleted_at = config.remove(DELETED_AT).map(serde_dynamo::from_attribute_value);
        let deleted_at = deleted_at.transpose().map_err(failed(operation))?;
        let session = self.session_of(operation, config)?;
        let pacer = items::from_found::<Pacer>(operation, take(&mut found, SessionItem::Pacer))?;
        Ok(Some(SessionState { session, pacer: pacer.unwrap_or_default(), deleted_at }))
    }

    fn session_of(&self, operation: &'static str, mut item: Item) -> Result<Session, PortError> {
        let sealed = match item.remove(PROVIDER) {
            Some(AttributeValue::B(sealed)) => sealed.into_inner(),
            _ => return Err(PortError::new(operation, "the item has no valid provider")),
        };
        let stored: StoredConfig = items::from_item(operation, item)?;
        let opened = self.vault.open(operation, stored.session_id.as_uuid().into_bytes(), &sealed)?;
        let provider = serde_json::from_slice(&opened).map_err(failed(operation))?;
        Ok(stored.session(provider))
    }

    fn config_item(&self, operation: &'static str, session: &Session) -> Result<Item, PortError> {
        let stored = StoredConfig::of(session);
        let provider = serde_json::to_vec(&session.provider).map_err(failed(operation))?;
        let sealed = self.vault.seal(operation, session.session_id.as_uuid().into_bytes(), provider)?;
        let mut item = items::to_item(operation, &stored)?;
        item.insert(PROVIDER.to_owned(), AttributeValue::B(Blob::new(sealed)));
        item.insert(KIND.to_owned(), text(&SessionItem::Config.kind()));
        Ok(item)
    }

    /// Stores an item of a session unless it is there; `false` if it is.
    async fn put_new(&self, operation: &'static str, item: Item) -> Result<bool, PortError> {
        let write = Write::put(item).only_if(absent(SESSION_ID));
        Ok(self.table.write(operation, write).await?.is_done())
    }
}

impl ReadSessions for DynamoSessions {
    async fn load(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        self.load_both(session_id).await
    }
}

impl ListSessions for DynamoSessions {
    async fn of_account(&self, account_id: AccountId) -> Result<Vec<SessionId>, PortError> {
        let operation = "sessions.of_account";
        let query = Query::of(equal(ACCOUNT_ID, account_id)).index(BY_ACCOUNT_INDEX).only(&[SESSION_ID]);
        let found = self.table.all(operation, query).await?;
        found.iter().map(|item| items::parsed(operation, item, SESSION_ID)).collect()
    }
}

impl WalkSessions for DynamoSessions {
    async fn all(&self) -> Result<Vec<SessionId>, PortError> {
        let operation = "sessions.all";
        let pages = self
            .table
            .scan()
            .consistent_read(true)
            .filter_expression("#kind = :config")
            .projection_expression("#session")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_values(":config", text(&SessionItem::Config.kind()))
            .into_paginator()
            .items()
            .send();
        let found: Vec<Item> = pages.try_collect().await.map_err(failed(operation))?;
        found.iter().map(|item| items::parsed(operation, item, SESSION_ID)).collect()
    }
}

impl LeaseSessions for DynamoSessions {
    /// The SDK may repeat our own write and have it refused. The owner in the row tells that from a lost race.
    async fn acquire(
        &self,
        session_id: SessionId,
        seen: Fence,
        lease: Lease,
    ) -> Result<Acquisition, PortError> {
        let operation = "sessions.acquire";
        let next = seen.next();
        let as_seen = equal(FENCE, seen);
        // A session that was never leased may have no pacer yet, which counts as fence zero.
        let as_seen = if seen == Fence::default() { absent(FENCE).or(as_seen) } else { as_seen };
        let write = Write::update(session_key(session_id, SessionItem::Pacer))
            .set(FENCE, next)
            .set(LEASE, lease)
            .only_if(as_seen)
            .returning_refused();
        let pacer = match self.table.write(operation, write).await? {
            Written::Done(_) => return Ok(Acquisition::Acquired(next)),
            Written::Refused(None) => return Ok(Acquisition::Lost),
            Written::Refused(Some(item)) => items::from_item::<Pacer>(operation, item)?,
        };
        let is_ours = pacer.fence == next && pacer.lease.is_some_and(|held| held.owner == lease.owner);
        Ok(if is_ours { Acquisition::Acquired(next) } else { Acquisition::Lost })
    }

    async fn point_to(
        &self,
        session_id: SessionId,
        fence: Fence,
        message_id: MessageId,
    ) -> Result<bool, PortError> {
        let write = Write::update(session_key(session_id, SessionItem::Pacer))
            .set([LEASE, MESSAGE_ID], message_id)
            .only_if(equal(FENCE, fence))
            .only_if(present(LEASE));
        Ok(self.table.write("sessions.point_to", write).await?.is_done())
    }

    /// Fence and lease decide. A second copy of the write finds no lease and changes nothing: what was done since, such as ending
    /// a hold, stands. Nor is it a lost lease when the next worker was so quick that the copy finds its lease: one that was taken
    /// over tells by [`Lease::since`] whose it was.
    async fn release(
        &self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
    ) -> Result<bool, PortError> {
        let write = Write::update(session_key(session_id, SessionItem::Pacer))
            .set_fields(release)
            .remove(LEASE)
            .only_if(equal(FENCE, fence))
            .only_if(present(LEASE))
            .returning_refused();
        let operation = "sessions.release";
        match self.table.write(operation, write).await? {
            Written::Done(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(item)) => {
                Ok(items::from_item::<Pacer>(operation, item)?.was_released(fence))
            }
        }
    }
}

impl WriteSessions for DynamoSessions {
    /// The pacer is stored first, so that every session that can be found has one.
    async fn put(&self, session: &Session) -> Result<(), PortError> {
        let operation = "sessions.put";
        let key = session_key(session.session_id, SessionItem::Pacer);
        let pacer = items::to_keyed_item(operation, key, &Pacer::default())?;
        self.put_new(operation, pacer).await?;
        let config = self.config_item(operation, session)?;
        if self.put_new(operation, config).await? {
            return Ok(());
        }
        // Stored before. This is a success only if it was the very same session.
        match self.load_both(session.session_id).await? {
            Some(stored) if stored.session == *session => Ok(()),
            _ => Err(PortError::new(operation, "there is another session with this id")),
        }
    }
}

impl ChangeSessions for DynamoSessions {
    /// Every attribute must still be as it was read here. The encrypted provider differs after each write, so that no other
    /// change is lost.
    async fn change(&self, seen: &Session, next: &Session) -> Result<Changed, PortError> {
        let operation = "sessions.change";
        let key = session_key(seen.session_id, SessionItem::Config);
        let Some(stored) = self.table.get(operation, key).await? else { return Ok(Changed::No) };
        if stored.contains_key(DELETED_AT) || self.session_of(operation, stored.clone())? != *seen {
            return Ok(Changed::No);
        }
        let next_item = self.config_item(operation, next)?;
        if self.put_instead(operation, &stored, next_item).await? {
            return Ok(Changed::Yes);
        }
        // An earlier copy of this very write may have been faster.
        let state = self.load_both(seen.session_id).await?;
        let is_ours = state.is_some_and(|state| state.session == *next && state.deleted_at.is_none());
        Ok(if is_ours { Changed::Yes } else { Changed::No })
    }
}

impl EndHolds for DynamoSessions {
    async fn end_hold(&self, session_id: SessionId) -> Result<Changed, PortError> {
        let write = Write::update(session_key(session_id, SessionItem::Pacer))
            .remove(HOLD)
            .remove(NEW_CONTACTS_HOLD)
            .remove(LOOKED)
            .set(FAILURES, 0)
            // Every pacer has this attribute: a pacer that is gone must not be made again.
            .only_if(present(FAILURES))
            .only_if(absent(LEASE));
        let is_done = self.table.write("sessions.end_hold", write).await?.is_done();
        Ok(if is_done { Changed::Yes } else { Changed::No })
    }
}

impl DynamoSessions {
    /// Replaces an item that is still exactly as it was read; `false` if it is not.
    async fn put_instead(
        &self,
        operation: &'static str,
        stored: &Item,
        next: Item,
    ) -> Result<bool, PortError> {
        let as_read = stored.iter().map(|(name, value)| unchanged(name, value));
        let added = next.keys().filter(|name| !stored.contains_key(*name)).map(|name| absent(name.as_str()));
        let condition = as_read.chain(added).fold(absent(DELETED_AT), Condition::and);
        let write = Write::put(next).only_if(condition);
        Ok(self.table.write(operation, write).await?.is_done())
    }
}

/// Takes one of the two items of a session out of those that were found.
pub(super) fn take(found: &mut Vec<Item>, wanted: SessionItem) -> Option<Item> {
    let is_wanted = |item: &Item| item.get(KIND).is_some_and(|kind| *kind == text(&wanted.kind()));
    let place = found.iter().position(is_wanted)?;
    Some(found.swap_remove(place))
}
