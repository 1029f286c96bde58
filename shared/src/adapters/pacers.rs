//! The pacers in the table of sessions, for functions that have no key to decrypt a provider's configuration.

use aws_sdk_dynamodb::Client;
use domain::sending::allowance::{Paced, SendingLimits};
use domain::sending::pacer::Pacer;
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items;
use super::keys::{SESSION_ID, SessionItem};
use super::sessions::take;
use super::table::{Query, Table, equal};
use crate::ports::{PortError, ReadPacers};

/// The table of sessions, without their secrets.
#[derive(Clone, Debug)]
pub struct DynamoPacers {
    table: Table,
}

/// The values that, together with its pacer, decide when a session may send; and whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    limits: Option<SendingLimits>,
    created_at: Timestamp,
    account_id: AccountId,
}

impl DynamoPacers {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl ReadPacers for DynamoPacers {
    async fn pacer(&self, session_id: SessionId) -> Result<Paced, PortError> {
        let operation = "sessions.pacer";
        let query = Query::of(equal(SESSION_ID, session_id)).strongly();
        let mut found = self.table.page(operation, query).await?.items;
        let pacer = items::from_found::<Pacer>(operation, take(&mut found, SessionItem::Pacer))?;
        let pacer = pacer.unwrap_or_default();
        Ok(match items::from_found(operation, take(&mut found, SessionItem::Config))? {
            Some(Terms { limits, created_at, account_id }) => {
                Paced { pacer, limits, created_at, account_id: Some(account_id) }
            }
            None => Paced { pacer, ..Paced::default() },
        })
    }
}
