//! One `UpdateItem`, mostly conditional, put together from what it sets, what it removes and what must be so.
//!
//! Every attribute is named by a placeholder (`#status`), since several of them are reserved words. Each condition has a
//! value of its own, apart from the value that is set.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;

use super::failure::failed;
use super::items::Item;
use crate::ports::PortError;

/// What became of a conditional write.
#[derive(Debug)]
pub(super) enum Written {
    /// It is done. The item as it is now, if that was asked for.
    Done(Option<Item>),
    /// A condition did not hold: nothing was changed. The item as it is, if there is one.
    Refused(Option<Item>),
}

/// An update. All conditions must hold, if there are any.
#[derive(Debug, Default)]
pub(super) struct Update {
    sets: Vec<String>,
    adds: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    returns_item: bool,
    unwritable: Option<serde_dynamo::Error>,
}

impl Update {
    /// Gives an attribute a value.
    pub(super) fn set(self, name: &'static str, value: impl Serialize) -> Self {
        self.set_at(&[name], value)
    }

    /// Gives a part of an attribute a value, such as `lease.messageId`.
    pub(super) fn set_at(mut self, path: &[&'static str], value: impl Serialize) -> Self {
        let (path, value) = (self.path(path), self.value("set", value));
        self.sets.push(format!("{path} = {value}"));
        self
    }

    /// Gives an attribute a value if it has none.
    pub(super) fn set_if_absent(mut self, name: &'static str, value: impl Serialize) -> Self {
        let (path, value) = (self.path(&[name]), self.value("set", value));
        self.sets.push(format!("{path} = if_not_exists({path}, {value})"));
        self
    }

    /// Gives an attribute the sum of another one, or what that is where it is absent, and a number.
    pub(super) fn set_sum(
        mut self,
        name: &'static str,
        (other, absent): (&'static str, impl Serialize),
        number: i64,
    ) -> Self {
        let (path, other) = (self.path(&[name]), self.path(&[other]));
        let (absent, number) = (self.value("set", absent), self.value("set", number));
        self.sets.push(format!("{path} = if_not_exists({other}, {absent}) + {number}"));
        self
    }

    /// Gives an attribute a value, or takes it away.
    pub(super) fn set_or_remove(self, name: &'static str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    /// Gives each field of a value its attribute, and takes away those of the fields that are `None`.
    pub(super) fn set_fields(mut self, fields: &impl Serialize) -> Self {
        match serde_dynamo::to_item::<_, Item>(fields) {
            Ok(item) => item.into_iter().for_each(|(name, value)| self.set_field(name, value)),
            Err(error) => self.unwritable = Some(error),
        }
        self
    }

    fn set_field(&mut self, name: String, value: AttributeValue) {
        let placeholder = format!("#{name}");
        if value.is_null() {
            self.removes.push(placeholder.clone());
        } else {
            let value_placeholder = format!(":set{}", self.values.len());
            self.sets.push(format!("{placeholder} = {value_placeholder}"));
            self.values.insert(value_placeholder, value);
        }
        self.names.insert(placeholder, name);
    }

    /// Adds to a number.
    pub(super) fn add(self, name: &'static str, value: impl Serialize) -> Self {
        self.add_at(&[name], value)
    }

    /// Adds to a number that is a part of an attribute.
    pub(super) fn add_at(mut self, path: &[&'static str], value: impl Serialize) -> Self {
        let (path, value) = (self.path(path), self.value("add", value));
        self.adds.push(format!("{path} {value}"));
        self
    }

    /// Gives an attribute whose name is made up a value.
    pub(super) fn set_named(mut self, name: String, value: impl Serialize) -> Self {
        let (placeholder, value) = (format!("#{name}"), self.value("set", value));
        self.names.insert(placeholder.clone(), name);
        self.sets.push(format!("{placeholder} = {value}"));
        self
    }

    /// Adds to a number whose name is made up.
    pub(super) fn add_named(mut self, name: String, value: impl Serialize) -> Self {
        let (placeholder, value) = (format!("#{name}"), self.value("add", value));
        self.names.insert(placeholder.clone(), name);
        self.adds.push(format!("{placeholder} {value}"));
        self
    }

    /// Takes an attribute away.
    pub(super) fn remove(mut self, name: &'static str) -> Self {
        let path = self.path(&[name]);
        self.removes.push(path);
        self
    }

    /// An attribute must have this value.
    pub(super) fn if_is(self, name: &'static str, value: impl Serialize) -> Self {
        self.if_compares(name, "=", value)
    }

    /// An attribute must be less than this.
    pub(super) fn if_below(self, name: &'static str, value: impl Serialize) -> Self {
        self.if_compares(name, "<", value)
    }

    /// An attribute must be more than this.
    pub(super) fn if_above(self, name: &'static str, value: impl Serialize) -> Self {
        self.if_compares(name, ">", value)
    }

    /// An attribute must not be more than this, or be absent.
    pub(super) fn if_at_most_or_absent(mut self, name: &'static str, value: impl Serialize) -> Self {
        let (path, value) = (self.path(&[name]), self.value("if", value));
        self.conditions.push(format!("(attribute_not_exists({path}) OR {path} <= {value})"));
        self
    }

    /// An attribute must be less than this, or be absent.
    pub(super) fn if_below_or_absent(mut self, name: &'static str, value: impl Serialize) -> Self {
        let (path, value) = (self.path(&[name]), self.value("if", value));
        self.conditions.push(format!("(attribute_not_exists({path}) OR {path} < {value})"));
        self
    }

    /// An attribute must have this value, or be absent.
    pub(super) fn if_is_or_absent(mut self, name: &'static str, value: impl Serialize) -> Self {
        let (path, value) = (self.path(&[name]), self.value("if", value));
        self.conditions.push(format!("(attribute_not_exists({path}) OR {path} = {value})"));
        self
    }

    /// A part of an attribute must not have this value; it may be absent.
    pub(super) fn if_is_not(mut self, path: &[&'static str], value: impl Serialize) -> Self {
        let (path, value) = (self.path(path), self.value("if", value));
        self.conditions.push(format!("(attribute_not_exists({path}) OR {path} <> {value})"));
        self
    }

    /// An attribute must be there.
    pub(super) fn if_present(mut self, name: &'static str) -> Self {
        let path = self.path(&[name]);
        self.conditions.push(format!("attribute_exists({path})"));
        self
    }

    /// An attribute must not be there.
    pub(super) fn if_absent(mut self, name: &'static str) -> Self {
        let path = self.path(&[name]);
        self.conditions.push(format!("attribute_not_exists({path})"));
        self
    }

    /// At least one of these cases must be so: each a list of paths, all of which must have their value.
    pub(super) fn if_any(mut self, cases: Vec<Vec<(&[&'static str], &str)>>) -> Self {
        let cases: Vec<String> = cases.into_iter().map(|case| self.all_of(case)).collect();
        self.conditions.push(joined(&cases, " OR "));
        self
    }

    /// Asks for the item as it is after the update.
    pub(super) fn returning_item(self) -> Self {
        Self { returns_item: true, ..self }
    }

    /// Makes the update, in one write.
    pub(super) async fn apply(
        self,
        operation: &'static str,
        client: &Client,
        table: &str,
        key: Item,
    ) -> Result<Written, PortError> {
        let expression = self.expression();
        if let Some(error) = self.unwritable {
            return Err(failed(operation)(error));
        }
        let condition = (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "));
        let returns = if self.returns_item { ReturnValue::AllNew } else { ReturnValue::None };
        let result = client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(expression)
            .set_condition_expression(condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .return_values(returns)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(output) => Ok(Written::Done(output.attributes)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Written::Refused(refusal.item.clone()))
                }
                _ => Err(failed(operation)(error)),
            },
        }
    }

    fn if_compares(mut self, name: &'static str, operator: &str, value: impl Serialize) -> Self {
        let (path, value) = (self.path(&[name]), self.value("if", value));
        self.conditions.push(format!("{path} {operator} {value}"));
        self
    }

    fn all_of(&mut self, case: Vec<(&[&'static str], &str)>) -> String {
        let parts: Vec<String> = case
            .into_iter()
            .map(|(path, value)| format!("{} = {}", self.path(path), self.value("if", value)))
            .collect();
        joined(&parts, " AND ")
    }

    fn path(&mut self, path: &[&'static str]) -> String {
        let mut parts = Vec::with_capacity(path.len());
        for name in path {
            let placeholder = format!("#{name}");
            self.names.insert(placeholder.clone(), (*name).to_owned());
            parts.push(placeholder);
        }
        parts.join(".")
    }

    fn value(&mut self, role: &str, value: impl Serialize) -> String {
        let placeholder = format!(":{role}{}", self.values.len());
        match serde_dynamo::to_attribute_value(value) {
            Ok(value) => {
                self.values.insert(placeholder.clone(), value);
            }
            Err(error) => self.unwritable = Some(error),
        }
        placeholder
    }

    fn expression(&self) -> String {
        let clauses = [("SET", &self.sets), ("ADD", &self.adds), ("REMOVE", &self.removes)];
        let used = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        used.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }
}

/// Parentheses only where there is more than one part: `DynamoDB` refuses an expression with redundant ones.
fn joined(parts: &[String], operator: &str) -> String {
    match parts {
        [part] => part.clone(),
        _ => format!("({})", parts.join(operator)),
    }
}
