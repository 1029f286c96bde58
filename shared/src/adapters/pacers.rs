//! The pacers in the table of sessions, for those who need no configuration, and no key to decrypt it.

use aws_sdk_dynamodb::Client;
use domain::ids::SessionId;
use domain::pacer::Pacer;

use super::failure::failed;
use super::items;
use super::keys::{KIND, SESSION_ID, SessionItem};
use crate::ports::{PortError, ReadPacers};

/// The table of sessions, without their configuration.
#[derive(Clone, Debug)]
pub struct DynamoPacers {
    client: Client,
    table: String,
}

impl DynamoPacers {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl ReadPacers for DynamoPacers {
    async fn pacer(&self, session_id: SessionId) -> Result<Pacer, PortError> {
        let operation = "sessions.pacer";
        let key =
            items::key([(SESSION_ID, session_id.to_string()), (KIND, SessionItem::Pacer.kind().to_owned())]);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let item = get.send().await.map_err(failed(operation))?.item;
        Ok(item.map(|item| items::from_item(operation, item)).transpose()?.unwrap_or_default())
    }
}
