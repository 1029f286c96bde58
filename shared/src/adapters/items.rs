//! Items of `DynamoDB`, to and from the types of the domain.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::failed;
use crate::ports::PortError;

/// The attributes of an item, by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A key of one or two text attributes.
pub(super) fn key<const N: usize>(parts: [(&str, String); N]) -> Item {
    parts.into_iter().map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).collect()
}

/// A text attribute.
pub(super) fn text(value: &impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A value as an item. A field that is `None` is no attribute.
pub(super) fn to_item<T: Serialize>(operation: &'static str, value: &T) -> Result<Item, PortError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(failed(operation))?;
    item.retain(|_, value| !value.is_null());
    Ok(item)
}

/// A value as an item, with a key that is not part of the value.
pub(super) fn to_keyed_item<T: Serialize>(
    operation: &'static str,
    key: Item,
    value: &T,
) -> Result<Item, PortError> {
    let mut item = to_item(operation, value)?;
    item.extend(key);
    Ok(item)
}

/// An item as a value.
pub(super) fn from_item<T: DeserializeOwned>(operation: &'static str, item: Item) -> Result<T, PortError> {
    serde_dynamo::from_item(item).map_err(failed(operation))
}

/// An item as a value, if there is an item.
pub(super) fn from_found<T: DeserializeOwned>(
    operation: &'static str,
    found: Option<Item>,
) -> Result<Option<T>, PortError> {
    found.map(|item| from_item(operation, item)).transpose()
}

/// Items as values.
pub(super) fn from_items<T: DeserializeOwned>(
    operation: &'static str,
    items: Vec<Item>,
) -> Result<Vec<T>, PortError> {
    items.into_iter().map(|item| from_item(operation, item)).collect()
}

/// The approximate size of an item in bytes, as `DynamoDB` counts it: names and values.
pub(super) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(map) => 3 + map.len() + size(map),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        _ => 1,
    }
}

/// The text of an attribute, parsed.
pub(super) fn parsed<T: std::str::FromStr>(
    operation: &'static str,
    item: &Item,
    name: &str,
) -> Result<T, PortError> {
    let text = item.get(name).and_then(|value| value.as_s().ok());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| PortError::new(operation, format!("the item has no valid {name}")))
}
