//! Pages of lists.

use domain::request::ShortListRequest;
use serde::Serialize;

/// A page of a list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "{T}s"))]
pub struct Page<T> {
    /// What is on it.
    pub data: Vec<T>,
    /// Where it lies, and whether there is more.
    pub pagination: Pagination,
}

/// Where a page lies in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pagination {
    /// Its number, from 1; null when it was asked for by a cursor.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub page: Option<usize>,
    /// How many are on a page at most.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub limit: usize,
    /// Whether there is more.
    pub has_more: bool,
    /// What to ask for as `cursor` to get the next page.
    pub next_cursor: Option<String>,
}

impl Pagination {
    /// The page before the one that this cursor leads to, if there is more.
    pub const fn before(next_cursor: Option<String>, page: Option<usize>, limit: usize) -> Self {
        Self { page, limit, has_more: next_cursor.is_some(), next_cursor }
    }
}

/// A page of a list that is short enough to be read as a whole.
pub fn short_list<T>(list: &ShortListRequest, data: Vec<T>, has_more: bool) -> Page<T> {
    let next = has_more.then(|| (list.page + 1).to_string());
    Page { data, pagination: Pagination::before(next, Some(list.page), list.limit) }
}
