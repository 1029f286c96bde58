//! One table of `DynamoDB`, and everything that is done with it.

mod condition;
mod expression;
mod query;
mod write;

pub(super) use condition::{
    Condition, absent, at_most, between, equal, greater, less, not_equal, present, starts_with, unchanged,
};
pub(super) use expression::Path;
pub(super) use query::{Found, Query};
pub(super) use write::{Update, Write, Written};

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;

use super::failure::failed;
use super::items::Item;
use crate::ports::PortError;
use expression::{Placeholders, filled};
use write::Action;

/// How often a batch asks again for the keys that the table has left out.
const BATCH_ROUNDS_MAX: usize = 5;

/// A table, and the client that reaches it.
#[derive(Clone, Debug)]
pub(super) struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of this name.
    pub(super) const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Another table, reached by the same client.
    pub(super) fn beside(&self, name: String) -> Self {
        Self { client: self.client.clone(), name }
    }

    /// One item, strongly consistent.
    pub(super) async fn get(&self, operation: &'static str, key: Item) -> Result<Option<Item>, PortError> {
        self.get_only(operation, key, &[]).await
    }

    /// These attributes of one item, strongly consistent. No attributes: all of them.
    pub(super) async fn get_only(
        &self,
        operation: &'static str,
        key: Item,
        attributes: &[&str],
    ) -> Result<Option<Item>, PortError> {
        let mut placeholders = Placeholders::default();
        let projection = placeholders.projection(attributes);
        let get = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .consistent_read(true)
            .set_projection_expression(projection)
            .set_expression_attribute_names(filled(placeholders.names));
        Ok(get.send().await.map_err(failed(operation))?.item)
    }

    /// Many items, eventually consistent. Those that are not there are missing.
    pub(super) async fn get_many(
        &self,
        operation: &'static str,
        keys: Vec<Item>,
    ) -> Result<Vec<Item>, PortError> {
        self.batch(operation, keys, KeysAndAttributes::builder()).await
    }

    /// These attributes of many items, strongly consistent. Those that are not there are missing.
    pub(super) async fn get_many_strongly(
        &self,
        operation: &'static str,
        keys: Vec<Item>,
        attributes: &[&str],
    ) -> Result<Vec<Item>, PortError> {
        let mut placeholders = Placeholders::default();
        let request = KeysAndAttributes::builder()
            .consistent_read(true)
            .set_projection_expression(placeholders.projection(attributes))
            .set_expression_attribute_names(filled(placeholders.names));
        self.batch(operation, keys, request).await
    }

    async fn batch(
        &self,
        operation: &'static str,
        mut keys: Vec<Item>,
        request: KeysAndAttributesBuilder,
    ) -> Result<Vec<Item>, PortError> {
        let mut found = Vec::new();
        for _ in 0..BATCH_ROUNDS_MAX {
            if keys.is_empty() {
                return Ok(found);
            }
            let request = request.clone().set_keys(Some(keys)).build().map_err(failed(operation))?;
            let get = self.client.batch_get_item().request_items(&self.name, request);
            let output = get.send().await.map_err(failed(operation))?;
            found.extend(output.responses.unwrap_or_default().into_values().flatten());
            keys = left_out(output.unprocessed_keys);
        }
        Err(PortError::new(operation, "the table leaves keys out again and again"))
    }

    /// One page of a query.
    pub(super) async fn page(&self, operation: &'static str, query: Query) -> Result<Found, PortError> {
        let query = query.request(self).map_err(failed(operation))?;
        let output = query.send().await.map_err(failed(operation))?;
        Ok(Found { items: output.items.unwrap_or_default(), last: output.last_evaluated_key })
    }

    /// All pages of a query.
    pub(super) async fn all(&self, operation: &'static str, query: Query) -> Result<Vec<Item>, PortError> {
        let query = query.request(self).map_err(failed(operation))?;
        query.into_paginator().items().send().try_collect().await.map_err(failed(operation))
    }

    /// The first items of a query that can be used: it reads page after page until `read` has accepted `limit` of them.
    pub(super) async fn first<T>(
        &self,
        operation: &'static str,
        query: Query,
        limit: usize,
        mut read: impl FnMut(Item) -> Result<Option<T>, PortError>,
    ) -> Result<Vec<T>, PortError> {
        let query = query.limit(limit).request(self).map_err(failed(operation))?;
        let (mut items, mut found) = (query.into_paginator().items().send(), Vec::new());
        while found.len() < limit
            && let Some(item) = items.next().await
        {
            found.extend(read(item.map_err(failed(operation))?)?);
        }
        Ok(found)
    }

    /// A scan, to be narrowed down and sent by the caller.
    pub(super) fn scan(&self) -> ScanFluentBuilder {
        self.client.scan().table_name(&self.name)
    }

    /// Makes a write. When its condition does not hold, nothing is changed, which is no error.
    pub(super) async fn write<A: Action>(
        &self,
        operation: &'static str,
        write: Write<A>,
    ) -> Result<Written, PortError> {
        let (action, request) = write.request().map_err(failed(operation))?;
        match action.send(self, request).await {
            Ok(item) => Ok(Written::Done(item)),
            Err(aws_sdk_dynamodb::Error::ConditionalCheckFailedException(refusal)) => {
                Ok(Written::Refused(refusal.item))
            }
            Err(error) => Err(failed(operation)(error)),
        }
    }
}

/// The keys that a batch has left out, because the table throttles or the answer is full.
fn left_out(unprocessed: Option<HashMap<String, KeysAndAttributes>>) -> Vec<Item> {
    unprocessed.unwrap_or_default().into_values().flat_map(|left| left.keys).collect()
}
