//! The pacers in the table of sessions, for those who need no provider, and no key to decrypt it.

use aws_sdk_dynamodb::Client;
use domain::sending::allowance::{Paced, SendingLimits};
use domain::sending::pacer::Pacer;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::failure::failed;
use super::items::{self, text};
use super::keys::{SESSION_ID, SessionItem};
use super::sessions::take;
use crate::ports::{PortError, ReadPacers};

/// The table of sessions, without what they keep secret.
#[derive(Clone, Debug)]
pub struct DynamoPacers {
    client: Client,
    table: String,
}

/// What bears on when a session may send.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    limits: Option<SendingLimits>,
    created_at: Timestamp,
}

impl DynamoPacers {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl ReadPacers for DynamoPacers {
    async fn pacer(&self, session_id: SessionId) -> Result<Paced, PortError> {
        let operation = "sessions.pacer";
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("#session = :session")
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_values(":session", text(&session_id));
        let mut found = query.send().await.map_err(failed(operation))?.items.unwrap_or_default();
        let pacer =
            take(&mut found, SessionItem::Pacer).map(|item| items::from_item::<Pacer>(operation, item));
        let pacer = pacer.transpose()?.unwrap_or_default();
        let terms =
            take(&mut found, SessionItem::Config).map(|item| items::from_item::<Terms>(operation, item));
        Ok(match terms.transpose()? {
            Some(Terms { limits, created_at }) => Paced { pacer, limits, created_at },
            None => Paced { pacer, ..Paced::default() },
        })
    }
}
