//! Where the pages of lists begin, in the table `limits`.

use domain::limits::BOOKMARK_KEPT_S;
use domain::reading::listing::Bookmark;
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::items::{self, Item};
use super::keys::{PK, bookmark_key};
use super::limits::DynamoLimits;
use super::table::Write;
use crate::ports::{KeepBookmarks, PortError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredBookmark {
    #[serde(flatten)]
    bookmark: BookmarkFields,
    /// In seconds since the Unix epoch.
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkFields {
    walk: domain::values::ids::MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<domain::values::ids::MessageId>,
}

impl KeepBookmarks for DynamoLimits {
    async fn put_bookmark(
        &self,
        list: &str,
        page: usize,
        bookmark: Bookmark,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let operation = "limits.put_bookmark";
        let Bookmark { walk, after } = bookmark;
        let expires_at = now.as_seconds() + BOOKMARK_KEPT_S;
        let stored = StoredBookmark { bookmark: BookmarkFields { walk, after }, expires_at };
        let item = items::to_keyed_item(operation, item_key(list, page), &stored)?;
        self.table.write(operation, Write::put(item)).await.map(drop)
    }

    async fn bookmark(&self, list: &str, page: usize, now: Timestamp) -> Result<Option<Bookmark>, PortError> {
        let operation = "limits.bookmark";
        let found = self.table.get(operation, item_key(list, page)).await?;
        let Some(stored) = items::from_found::<StoredBookmark>(operation, found)? else { return Ok(None) };
        let BookmarkFields { walk, after } = stored.bookmark;
        Ok((stored.expires_at > now.as_seconds()).then_some(Bookmark { walk, after }))
    }
}

fn item_key(list: &str, page: usize) -> Item {
    items::key([(PK, bookmark_key(list, page))])
}
