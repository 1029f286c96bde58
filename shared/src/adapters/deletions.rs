//! Deleting sessions in their table, for those who need no configuration, and no key to decrypt it.
//!
//! A deletion is a mark on the configuration at first: whoever reads the session sees it. The items go when nothing waits
//! any more: the pacer first, so that a session is never left without the mark that has the rest removed.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use domain::session::Deletion;
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::failure::failed;
use super::items::{self, Item};
use super::keys::{ACCOUNT_ID, DELETED_AT, KIND, SESSION_ID, SessionItem};
use super::update::{Update, Written};
use crate::ports::{DeleteSessions, FinishDeletions, PortError};

/// The table of sessions, as far as deletions go.
#[derive(Clone, Debug)]
pub struct DynamoDeletions {
    client: Client,
    table: String,
}

/// What decides about the deletion of a session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    account_id: AccountId,
    deleted_at: Option<Timestamp>,
}

impl DynamoDeletions {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn mark(&self, operation: &'static str, session_id: SessionId) -> Result<Option<Mark>, PortError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(session_id, SessionItem::Config)))
            .consistent_read(true)
            .projection_expression("#account, #deleted")
            .expression_attribute_names("#account", ACCOUNT_ID)
            .expression_attribute_names("#deleted", DELETED_AT)
            .send()
            .await
            .map_err(failed(operation))?;
        output.item.map(|item| items::from_item(operation, item)).transpose()
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
        let update =
            Update::default().set(DELETED_AT, now).if_is(ACCOUNT_ID, account_id).if_absent(DELETED_AT);
        let key = key(session_id, SessionItem::Config);
        match update.apply(operation, &self.client, &self.table, key).await? {
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
        let pacer = self.client.delete_item().table_name(&self.table);
        pacer.set_key(Some(key(session_id, SessionItem::Pacer))).send().await.map_err(failed(operation))?;
        let config = self.client.delete_item().table_name(&self.table);
        let removed = config
            .set_key(Some(key(session_id, SessionItem::Config)))
            .condition_expression("attribute_exists(#deleted)")
            .expression_attribute_names("#deleted", DELETED_AT)
            .send()
            .await;
        match removed {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // Removed already.
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

fn key(session_id: SessionId, item: SessionItem) -> Item {
    items::key([(SESSION_ID, session_id.to_string()), (KIND, item.kind().to_owned())])
}
