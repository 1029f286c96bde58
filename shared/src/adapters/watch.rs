//! The table of watched sessions. Each shard is a partition, so that all sessions can be listed without a scan.

use aws_sdk_dynamodb::Client;
use domain::sending::watch::shard_of;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items::{self, Item};
use super::keys::{RESTS_UNTIL, SESSION_ID, SHARD, STILL_SINCE, WATCHED_AT, shard_name};
use super::table::{Query, Table, Write, absent, at_most, equal};
use crate::ports::{PortError, SweepSessions, WatchSessions, WatchedPage, WatchedSession};

/// The table of watched sessions.
#[derive(Clone, Debug)]
pub struct DynamoWatched {
    table: Table,
}

/// A watched session as it is stored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    session_id: SessionId,
    watched_at: Timestamp,
    rests_until: Option<Timestamp>,
    still_since: Option<Timestamp>,
}

impl DynamoWatched {
    /// The table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl WatchSessions for DynamoWatched {
    /// Refused: a later time is noted already, which is as good.
    async fn watch(&self, session_id: SessionId, now: Timestamp) -> Result<(), PortError> {
        let write = Write::update(item_key(session_id))
            .set(WATCHED_AT, now)
            .remove(RESTS_UNTIL)
            .only_if(absent(WATCHED_AT).or(at_most(WATCHED_AT, now)));
        self.table.write("watched.watch", write).await.map(drop)
    }
}

impl SweepSessions for DynamoWatched {
    async fn watched(
        &self,
        shard: u8,
        after: Option<SessionId>,
        limit: usize,
    ) -> Result<WatchedPage, PortError> {
        let operation = "watched.watched";
        let name = shard_name(shard);
        let start = after.map(|after| items::key([(SHARD, name.clone()), (SESSION_ID, after.to_string())]));
        let query = Query::of(equal(SHARD, name)).limit(limit).after(start);
        let found = self.table.page(operation, query).await?;
        let stored: Vec<Stored> = items::from_items(operation, found.items)?;
        let sessions = stored.into_iter().map(WatchedSession::from).collect();
        Ok(WatchedPage { sessions, is_all: found.last.is_none() })
    }

    async fn rest(&self, seen: &WatchedSession, until: Timestamp) -> Result<bool, PortError> {
        let write = Write::update(item_key(seen.session_id))
            .set(RESTS_UNTIL, until)
            .only_if(equal(WATCHED_AT, seen.watched_at));
        Ok(self.table.write("watched.rest", write).await?.is_done())
    }

    async fn stands_still(&self, seen: &WatchedSession, since: Option<Timestamp>) -> Result<bool, PortError> {
        let write = Write::update(item_key(seen.session_id)).only_if(equal(WATCHED_AT, seen.watched_at));
        let write = match since {
            Some(since) => write.set(STILL_SINCE, since),
            None => write.remove(STILL_SINCE),
        };
        Ok(self.table.write("watched.stands_still", write).await?.is_done())
    }

    async fn forget(&self, seen: &WatchedSession) -> Result<bool, PortError> {
        let write = Write::delete(item_key(seen.session_id)).only_if(equal(WATCHED_AT, seen.watched_at));
        Ok(self.table.write("watched.forget", write).await?.is_done())
    }
}

fn item_key(session_id: SessionId) -> Item {
    items::key([(SHARD, shard_name(shard_of(session_id))), (SESSION_ID, session_id.to_string())])
}

impl From<Stored> for WatchedSession {
    fn from(stored: Stored) -> Self {
        let Stored { session_id, watched_at, rests_until, still_since } = stored;
        Self { session_id, watched_at, rests_until, still_since }
    }
}
