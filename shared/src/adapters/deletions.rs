//! Deleting sessions, for functions that have no key to decrypt their configuration.
//!
//! A deletion begins as a mark on the configuration, which everyone who reads the session sees. The items are deleted once
//! no message waits. The configuration goes last, so that its mark stays until everything else is deleted.

use aws_sdk_dynamodb::Client;
use domain::session::Deletion;
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items;
use super::keys::{ACCOUNT_ID, DELETED_AT, SessionItem, session_key};
use super::table::{Table, Write, Written, absent, equal, present};
use crate::ports::{DeleteSessions, FinishDeletions, PortError};

/// The table of sessions, for deletions alone.
#[derive(Clone, Debug)]
pub struct DynamoDeletions {
    table: Table,
}

/// The attributes that tell whether a session is deleted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    account_id: AccountId,
    deleted_at: Option<Timestamp>,
}

impl DynamoDeletions {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }

    async fn mark(&self, operation: &'static str, session_id: SessionId) -> Result<Option<Mark>, PortError> {
        let key = session_key(session_id, SessionItem::Config);
        let found = self.table.get_only(operation, key, &[ACCOUNT_ID, DELETED_AT]).await?;
        items::from_found(operation, found)
    }
}

impl DeleteSessions for DynamoDeletions {
    async fn mark_deleted(
        &self,
        account_id: AccountId,
        session_id: SessionId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, PortError> {
        let operation = "sessions.mark_deleted";
        let write = Write::update(session_key(session_id, SessionItem::Config))
            .set(DELETED_AT, now)
            .only_if(equal(ACCOUNT_ID, account_id))
            .only_if(absent(DELETED_AT))
            .returning_refused();
        match self.table.write(operation, write).await? {
            Written::Done(_) => Ok(Some(now)),
            Written::Refused(None) => Ok(None),
            Written::Refused(Some(item)) => {
                let mark: Mark = items::from_item(operation, item)?;
                Ok(mark.deleted_at.filter(|_| mark.account_id == account_id))
            }
        }
    }
}

impl FinishDeletions for DynamoDeletions {
    async fn deletion(&self, session_id: SessionId) -> Result<Deletion, PortError> {
        Ok(match self.mark("sessions.deletion", session_id).await? {
            None => Deletion::Gone,
            Some(Mark { deleted_at: None, .. }) => Deletion::No,
            Some(Mark { account_id, deleted_at: Some(at) }) => Deletion::Marked { account_id, at },
        })
    }

    async fn remove(&self, session_id: SessionId) -> Result<(), PortError> {
        let operation = "sessions.remove";
        if !matches!(self.deletion(session_id).await?, Deletion::Marked { .. }) {
            return Ok(());
        }
        let pacer = session_key(session_id, SessionItem::Pacer);
        self.table.write(operation, Write::delete(pacer)).await?;
        let config = session_key(session_id, SessionItem::Config);
        // Refused: the configuration was deleted already.
        self.table.write(operation, Write::delete(config).only_if(present(DELETED_AT))).await.map(drop)
    }
}
