//! Where the pages of lists begin: items of the table of what is short-lived.

use domain::limits::BOOKMARK_KEPT_S;
use domain::reading::listing::Bookmark;
use domain::values::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::failed;
use super::items::{self, text};
use super::keys::{PK, bookmark_key};
use super::limits::DynamoLimits;
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
        let mut item = items::to_item(operation, &stored)?;
        item.insert(PK.to_owned(), text(&bookmark_key(list, page)));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(failed(operation))
    }

    async fn bookmark(&self, list: &str, page: usize, now: Timestamp) -> Result<Option<Bookmark>, PortError> {
        let operation = "limits.bookmark";
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, text(&bookmark_key(list, page)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed(operation))?;
        let Some(item) = output.item else { return Ok(None) };
        let stored: StoredBookmark = items::from_item(operation, item)?;
        let BookmarkFields { walk, after } = stored.bookmark;
        Ok((stored.expires_at > now.as_seconds()).then_some(Bookmark { walk, after }))
    }
}
