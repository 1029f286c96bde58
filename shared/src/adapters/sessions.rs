//! The table of sessions: configuration and pacer, two items of one partition, so that one query reads both.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::sending::allowance::SendingLimits;
use domain::sending::lease::Lease;
use domain::sending::pacer::{Pacer, Release};
use domain::sending::pacing::Pacing;
use domain::session::{ProviderConfig, Session, SessionState};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, Item, text};
use super::keys::{
    ACCOUNT_ID, BY_ACCOUNT_INDEX, DELETED_AT, FAILURES, FENCE, HOLD, KIND, LEASE, LOOKED, MESSAGE_ID,
    NEW_CONTACTS_HOLD, PROVIDER, SESSION_ID, SessionItem,
};
use super::update::{Update, Written};
use super::vault::Vault;
use crate::ports::{
    Acquisition, ChangeSessions, Changed, LeaseSessions, PortError, ReadSessions, WalkSessions, WriteSessions,
};

/// The table of sessions.
#[derive(Clone, Debug)]
pub struct DynamoSessions {
    client: Client,
    table: String,
    vault: Vault,
}

/// The configuration as it is stored, but for the provider, which is encrypted and bound to the session.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredConfig {
    session_id: SessionId,
    account_id: AccountId,
    name: String,
    /// For whoever looks at the table; the truth is inside of what is encrypted.
    provider_kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pacing: Option<Pacing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<SendingLimits>,
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
            created_at: session.created_at,
        }
    }

    fn session(self, provider: ProviderConfig) -> Session {
        let Self { session_id, account_id, name, pacing, limits, created_at, .. } = self;
        Session { pacing, limits, ..Session::new(session_id, account_id, name, provider, created_at) }
    }
}

impl DynamoSessions {
    /// The table of this name, its secrets encrypted by `vault`.
    pub const fn new(client: Client, table: String, vault: Vault) -> Self {
        Self { client, table, vault }
    }

    /// A session and its pacer, in one strongly consistent query of its partition.
    async fn load_both(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        let operation = "sessions.load";
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("#session = :session")
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_values(":session", text(&session_id))
            .send()
            .await
            .map_err(failed(operation))?;
        let mut found = output.items.unwrap_or_default();
        let Some(mut config) = take(&mut found, SessionItem::Config) else { return Ok(None) };
        let deleted_at = config.remove(DELETED_AT).map(serde_dynamo::from_attribute_value);
        let deleted_at = deleted_at.transpose().map_err(failed(operation))?;
        let session = self.session_of(operation, config)?;
        let pacer =
            take(&mut found, SessionItem::Pacer).map(|item| items::from_item::<Pacer>(operation, item));
        Ok(Some(SessionState { session, pacer: pacer.transpose()?.unwrap_or_default(), deleted_at }))
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

    /// Stores an item of a session, unless it is there; `false` when it is.
    async fn put_new(&self, operation: &'static str, item: Item) -> Result<bool, PortError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#session)")
            .expression_attribute_names("#session", SESSION_ID)
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(operation)(error)),
            },
        }
    }

    async fn update_pacer(
        &self,
        operation: &'static str,
        session_id: SessionId,
        update: Update,
    ) -> Result<Written, PortError> {
        update.apply(operation, &self.client, &self.table, item_key(session_id, SessionItem::Pacer)).await
    }
}

impl ReadSessions for DynamoSessions {
    async fn load(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        self.load_both(session_id).await
    }

    async fn of_account(&self, account_id: AccountId) -> Result<Vec<SessionId>, PortError> {
        let operation = "sessions.of_account";
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_ACCOUNT_INDEX)
            .key_condition_expression("#account = :account")
            .projection_expression("#session")
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_values(":account", text(&account_id))
            .into_paginator()
            .items()
            .send();
        let found: Vec<Item> = pages.try_collect().await.map_err(failed(operation))?;
        found.iter().map(|item| items::parsed(operation, item, SESSION_ID)).collect()
    }
}

impl WalkSessions for DynamoSessions {
    async fn all(&self) -> Result<Vec<SessionId>, PortError> {
        let operation = "sessions.all";
        let pages = self
            .client
            .scan()
            .table_name(&self.table)
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
    async fn load(&self, session_id: SessionId) -> Result<Option<SessionState>, PortError> {
        self.load_both(session_id).await
    }

    /// The owner in the row tells a write of ours that the SDK repeated from a race that we lost.
    async fn acquire(
        &self,
        session_id: SessionId,
        seen: Fence,
        lease: Lease,
    ) -> Result<Acquisition, PortError> {
        let operation = "sessions.acquire";
        let next = seen.next();
        let update = Update::default().set(FENCE, next).set(LEASE, lease);
        // A session that was never leased may have no pacer yet, which is read as one with fence zero.
        let update = if seen == Fence::default() {
            update.if_is_or_absent(FENCE, seen)
        } else {
            update.if_is(FENCE, seen)
        };
        let pacer = match self.update_pacer(operation, session_id, update).await? {
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
        let update =
            Update::default().set_at(&[LEASE, MESSAGE_ID], message_id).if_is(FENCE, fence).if_present(LEASE);
        Ok(is_done(&self.update_pacer("sessions.point_to", session_id, update).await?))
    }

    /// The fence alone decides, so that a second copy of the write, which finds no lease, changes nothing and is a yes.
    async fn release(
        &self,
        session_id: SessionId,
        fence: Fence,
        release: &Release,
    ) -> Result<bool, PortError> {
        let update = Update::default().set_fields(release).remove(LEASE).if_is(FENCE, fence);
        Ok(is_done(&self.update_pacer("sessions.release", session_id, update).await?))
    }
}

impl WriteSessions for DynamoSessions {
    /// The pacer goes first: a session that can be seen has one.
    async fn put(&self, session: &Session) -> Result<(), PortError> {
        let operation = "sessions.put";
        let mut pacer = items::to_item(operation, &Pacer::default())?;
        pacer.extend(item_key(session.session_id, SessionItem::Pacer));
        self.put_new(operation, pacer).await?;
        let config = self.config_item(operation, session)?;
        if self.put_new(operation, config).await? {
            return Ok(());
        }
        // Stored before. Only the very same session may be "new" twice.
        match self.load_both(session.session_id).await? {
            Some(stored) if stored.session == *session => Ok(()),
            _ => Err(PortError::new(operation, "there is another session with this id")),
        }
    }
}

impl ChangeSessions for DynamoSessions {
    /// Every attribute must be as it was when it was read here, whatever attributes there are: the encrypted provider
    /// differs with each write, so that no change is lost.
    async fn change(&self, seen: &Session, next: &Session) -> Result<Changed, PortError> {
        let operation = "sessions.change";
        let key = item_key(seen.session_id, SessionItem::Config);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let Some(stored) = get.send().await.map_err(failed(operation))?.item else { return Ok(Changed::No) };
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

    async fn end_hold(&self, session_id: SessionId) -> Result<Changed, PortError> {
        let kept_back = [HOLD, NEW_CONTACTS_HOLD, LOOKED];
        let update = kept_back.into_iter().fold(Update::default(), Update::remove);
        // Every pacer has failures: one that is gone is not made anew.
        let update = update.set(FAILURES, 0).if_present(FAILURES).if_absent(LEASE);
        let written = self.update_pacer("sessions.end_hold", session_id, update).await?;
        Ok(if matches!(written, Written::Done(_)) { Changed::Yes } else { Changed::No })
    }
}

impl DynamoSessions {
    /// Replaces an item that is still exactly as it was read; `false` when it is not.
    async fn put_instead(
        &self,
        operation: &'static str,
        stored: &Item,
        next: Item,
    ) -> Result<bool, PortError> {
        let added = next.keys().filter(|name| !stored.contains_key(*name)).map(String::as_str);
        let absent: BTreeSet<&str> = added.chain([DELETED_AT]).collect();
        let mut put = self.client.put_item().table_name(&self.table);
        let mut conditions = Vec::new();
        for (name, value) in stored {
            conditions.push(format!("#{name} = :{name}"));
            put = put.expression_attribute_names(format!("#{name}"), name);
            put = put.expression_attribute_values(format!(":{name}"), value.clone());
        }
        for name in absent {
            conditions.push(format!("attribute_not_exists(#{name})"));
            put = put.expression_attribute_names(format!("#{name}"), name);
        }
        match put.set_item(Some(next)).condition_expression(conditions.join(" AND ")).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

fn item_key(session_id: SessionId, item: SessionItem) -> Item {
    items::key([(SESSION_ID, session_id.to_string()), (KIND, item.kind().to_owned())])
}

/// Takes one of a session's items out of those that were found.
pub(super) fn take(found: &mut Vec<Item>, wanted: SessionItem) -> Option<Item> {
    let is_wanted = |item: &Item| item.get(KIND).is_some_and(|kind| *kind == text(&wanted.kind()));
    let place = found.iter().position(is_wanted)?;
    Some(found.swap_remove(place))
}

const fn is_done(written: &Written) -> bool {
    matches!(written, Written::Done(_))
}
