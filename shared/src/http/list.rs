//! The shape of lists.

use domain::request::ShortListRequest;
use serde_json::{Value, json};

/// A page of a list that is short enough to be read as a whole.
pub fn short_list(list: &ShortListRequest, data: &[Value], has_more: bool) -> Value {
    let next = has_more.then(|| (list.page + 1).to_string());
    json!({
        "data": data,
        "pagination": { "page": list.page, "limit": list.limit, "hasMore": has_more, "nextCursor": next },
    })
}
