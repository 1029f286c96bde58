//! Queries: which items of one partition, in which order, and how much of them.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::super::items::Item;
use super::Table;
use super::condition::Condition;
use super::expression::{Placeholders, filled};

/// A query. It reads whole items, the oldest first, and is eventually consistent, unless told otherwise.
#[derive(Debug)]
pub(crate) struct Query {
    key: Condition,
    index: Option<&'static str>,
    is_strong: bool,
    is_newest_first: bool,
    limit: Option<usize>,
    attributes: Vec<&'static str>,
    after: Option<Item>,
}

/// One page of a query.
#[derive(Debug)]
pub(crate) struct Found {
    /// What was found, in order.
    pub(crate) items: Vec<Item>,
    /// The key after which the next page begins; `None` when this is the last page.
    pub(crate) last: Option<Item>,
}

impl Query {
    /// The items whose keys are so.
    pub(crate) const fn of(key: Condition) -> Self {
        Self {
            key,
            index: None,
            is_strong: false,
            is_newest_first: false,
            limit: None,
            attributes: Vec::new(),
            after: None,
        }
    }

    /// Reads an index.
    pub(crate) fn index(self, name: &'static str) -> Self {
        Self { index: Some(name), ..self }
    }

    /// Sees every write that was made before.
    pub(crate) fn strongly(self) -> Self {
        Self { is_strong: true, ..self }
    }

    /// Begins with the highest key, which is the newest.
    pub(crate) fn newest_first(self) -> Self {
        Self { is_newest_first: true, ..self }
    }

    /// At most this many items in a page.
    pub(crate) fn limit(self, limit: usize) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// These attributes alone.
    pub(crate) fn only(self, attributes: &[&'static str]) -> Self {
        Self { attributes: attributes.to_vec(), ..self }
    }

    /// Begins behind the item with this key.
    pub(crate) fn after(self, key: Option<Item>) -> Self {
        Self { after: key, ..self }
    }

    pub(super) fn request(self, table: &Table) -> Result<QueryFluentBuilder, serde_dynamo::Error> {
        let mut placeholders = Placeholders::default();
        let key = placeholders.text_of(self.key.pieces)?;
        let projection = placeholders.projection(&self.attributes);
        Ok(table
            .client
            .query()
            .table_name(&table.name)
            .set_index_name(self.index.map(str::to_owned))
            .set_consistent_read(self.is_strong.then_some(true))
            .set_scan_index_forward(self.is_newest_first.then_some(false))
            .set_limit(self.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .key_condition_expression(key)
            .set_projection_expression(projection)
            .set_expression_attribute_names(filled(placeholders.names))
            .set_expression_attribute_values(filled(placeholders.values))
            .set_exclusive_start_key(self.after))
    }
}
