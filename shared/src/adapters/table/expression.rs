//! Expressions, as data until they are sent: texts, and the attributes and values that stand between them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::super::items::Item;

/// Where a value is: an attribute, or a part of one, such as `lease.messageId`.
#[derive(Debug)]
pub(crate) struct Path(Vec<String>);

/// A part of an expression.
#[derive(Debug)]
pub(super) enum Piece {
    Text(&'static str),
    Path(Path),
    Value(Value),
}

/// A value, or why it cannot be stored.
pub(super) type Value = Result<AttributeValue, serde_dynamo::Error>;

/// Names and values of a request, by the placeholders that stand for them in its expressions.
///
/// Every attribute has a placeholder (`#status`), since many names are reserved words.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

impl From<&str> for Path {
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl From<String> for Path {
    fn from(name: String) -> Self {
        Self(vec![name])
    }
}

impl From<[&str; 2]> for Path {
    fn from(names: [&str; 2]) -> Self {
        Self(names.map(str::to_owned).into())
    }
}

impl Piece {
    pub(super) fn path(path: impl Into<Path>) -> Self {
        Self::Path(path.into())
    }

    pub(super) fn value(value: impl Serialize) -> Self {
        Self::Value(serde_dynamo::to_attribute_value(value))
    }
}

impl Placeholders {
    /// The text of an expression, with placeholders.
    pub(super) fn text_of(&mut self, expression: Vec<Piece>) -> Result<String, serde_dynamo::Error> {
        let mut text = String::new();
        for piece in expression {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Path(path) => text.push_str(&self.path(path)),
                Piece::Value(value) => text.push_str(&self.value(value?)),
            }
        }
        Ok(text)
    }

    /// The expression that asks for these attributes alone; `None` asks for all.
    pub(super) fn projection(&mut self, attributes: &[&str]) -> Option<String> {
        let names: Vec<String> = attributes.iter().map(|name| self.path(Path::from(*name))).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    fn path(&mut self, Path(names): Path) -> String {
        let placeholders: Vec<String> = names.iter().map(|name| format!("#{name}")).collect();
        self.names.extend(placeholders.iter().cloned().zip(names));
        placeholders.join(".")
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// `DynamoDB` refuses names and values that are sent and empty.
pub(super) fn filled<T>(map: HashMap<String, T>) -> Option<HashMap<String, T>> {
    (!map.is_empty()).then_some(map)
}
