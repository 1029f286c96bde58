//! Writes: put, update and delete of one item, each with the conditions under which it is made.

use std::collections::HashMap;

use aws_sdk_dynamodb::Error;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;

use super::super::items::Item;
use super::Table;
use super::condition::Condition;
use super::expression::{Path, Piece, Placeholders, filled};

/// A write of one item: a [`Put`], an [`Update`] or a [`Delete`].
#[derive(Debug)]
pub(crate) struct Write<A> {
    action: A,
    changes: Changes,
    condition: Option<Condition>,
    returns_refused: bool,
}

/// Stores a whole item, in place of the one that has its key.
#[derive(Debug)]
pub(crate) struct Put(Item);

/// Changes attributes of the item with this key, which is made if it is not there.
#[derive(Debug)]
pub(crate) struct Update {
    key: Item,
    returns_item: bool,
}

/// Deletes the item with this key, if it is there.
#[derive(Debug)]
pub(crate) struct Delete(Item);

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is done. The item as it is now, if that was asked for.
    Done(Option<Item>),
    /// A condition did not hold: nothing was changed. The item as it is, if that was asked for and there is one.
    Refused(Option<Item>),
}

/// What an update does, by the clauses of its expression.
#[derive(Debug, Default)]
struct Changes {
    sets: Vec<Vec<Piece>>,
    adds: Vec<Vec<Piece>>,
    removes: Vec<Vec<Piece>>,
}

/// What is sent with every write.
#[derive(Debug)]
pub(crate) struct Request {
    changes: Option<String>,
    condition: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<Item>,
    on_refusal: ReturnValuesOnConditionCheckFailure,
}

/// How a write is sent.
pub(crate) trait Action {
    /// Sends the write, and returns the item if that was asked for.
    async fn send(self, table: &Table, request: Request) -> Result<Option<Item>, Error>;
}

impl Write<Put> {
    /// Stores an item.
    pub(crate) fn put(item: Item) -> Self {
        Self::of(Put(item))
    }
}

impl Write<Delete> {
    /// Deletes the item with this key.
    pub(crate) fn delete(key: Item) -> Self {
        Self::of(Delete(key))
    }
}

impl Write<Update> {
    /// Changes the item with this key.
    pub(crate) fn update(key: Item) -> Self {
        Self::of(Update { key, returns_item: false })
    }

    /// Gives an attribute a value.
    pub(crate) fn set(mut self, path: impl Into<Path>, value: impl Serialize) -> Self {
        self.changes.sets.push(vec![Piece::path(path), Piece::Text(" = "), Piece::value(value)]);
        self
    }

    /// Gives an attribute a value if it has none.
    pub(crate) fn set_if_absent(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.changes.sets.push(vec![
            Piece::path(name),
            Piece::Text(" = if_not_exists("),
            Piece::path(name),
            Piece::Text(", "),
            Piece::value(value),
            Piece::Text(")"),
        ]);
        self
    }

    /// Gives an attribute the sum of another one and a number. Where the other one is absent, its default counts.
    pub(crate) fn set_sum(
        mut self,
        name: &'static str,
        (other, default): (&'static str, impl Serialize),
        number: i64,
    ) -> Self {
        self.changes.sets.push(vec![
            Piece::path(name),
            Piece::Text(" = if_not_exists("),
            Piece::path(other),
            Piece::Text(", "),
            Piece::value(default),
            Piece::Text(") + "),
            Piece::value(number),
        ]);
        self
    }

    /// Gives an attribute a value, or removes it.
    pub(crate) fn set_or_remove(self, name: &'static str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    /// Gives each field of a value its attribute, and removes the attributes of the fields that are `None`.
    pub(crate) fn set_fields(mut self, fields: &impl Serialize) -> Self {
        match serde_dynamo::to_item::<_, Item>(fields) {
            Ok(item) => item.into_iter().fold(self, |write, (name, value)| write.set_field(name, value)),
            Err(error) => {
                // The write is not sent: its first value says why.
                self.changes.sets.push(vec![Piece::Value(Err(error))]);
                self
            }
        }
    }

    fn set_field(mut self, name: String, value: AttributeValue) -> Self {
        if value.is_null() {
            self.changes.removes.push(vec![Piece::path(name)]);
        } else {
            self.changes.sets.push(vec![Piece::path(name), Piece::Text(" = "), Piece::Value(Ok(value))]);
        }
        self
    }

    /// Adds to a number.
    pub(crate) fn add(mut self, path: impl Into<Path>, number: impl Serialize) -> Self {
        self.changes.adds.push(vec![Piece::path(path), Piece::Text(" "), Piece::value(number)]);
        self
    }

    /// Removes an attribute.
    pub(crate) fn remove(mut self, name: &'static str) -> Self {
        self.changes.removes.push(vec![Piece::path(name)]);
        self
    }

    /// Asks for the item as it is afterwards, whether the write is done or refused.
    pub(crate) fn returning_item(mut self) -> Self {
        self.action.returns_item = true;
        self.returning_refused()
    }
}

impl<A> Write<A> {
    fn of(action: A) -> Self {
        Self { action, changes: Changes::default(), condition: None, returns_refused: false }
    }

    /// Makes the write only if this holds, too.
    pub(crate) fn only_if(mut self, condition: Condition) -> Self {
        self.condition = Some(match self.condition {
            None => condition,
            Some(others) => others.and(condition),
        });
        self
    }

    /// Asks for the item as it is, should it refuse the write.
    pub(crate) fn returning_refused(self) -> Self {
        Self { returns_refused: true, ..self }
    }

    pub(super) fn request(self) -> Result<(A, Request), serde_dynamo::Error> {
        let mut placeholders = Placeholders::default();
        let changes = self.changes.expression(&mut placeholders)?;
        let condition = self.condition.map(|condition| placeholders.text_of(condition.pieces)).transpose()?;
        let on_refusal = if self.returns_refused {
            ReturnValuesOnConditionCheckFailure::AllOld
        } else {
            ReturnValuesOnConditionCheckFailure::None
        };
        let Placeholders { names, values } = placeholders;
        let request =
            Request { changes, condition, names: filled(names), values: filled(values), on_refusal };
        Ok((self.action, request))
    }
}

impl Changes {
    fn expression(self, placeholders: &mut Placeholders) -> Result<Option<String>, serde_dynamo::Error> {
        let mut clauses = Vec::new();
        for (verb, parts) in [("SET", self.sets), ("ADD", self.adds), ("REMOVE", self.removes)] {
            let parts: Vec<String> =
                parts.into_iter().map(|part| placeholders.text_of(part)).collect::<Result<_, _>>()?;
            if !parts.is_empty() {
                clauses.push(format!("{verb} {}", parts.join(", ")));
            }
        }
        Ok((!clauses.is_empty()).then(|| clauses.join(" ")))
    }
}

impl Action for Put {
    async fn send(self, table: &Table, request: Request) -> Result<Option<Item>, Error> {
        let put = table
            .client
            .put_item()
            .table_name(&table.name)
            .set_item(Some(self.0))
            .set_condition_expression(request.condition)
            .set_expression_attribute_names(request.names)
            .set_expression_attribute_values(request.values)
            .return_values_on_condition_check_failure(request.on_refusal);
        put.send().await?;
        Ok(None)
    }
}

impl Action for Update {
    async fn send(self, table: &Table, request: Request) -> Result<Option<Item>, Error> {
        let returns = if self.returns_item { ReturnValue::AllNew } else { ReturnValue::None };
        let update = table
            .client
            .update_item()
            .table_name(&table.name)
            .set_key(Some(self.key))
            .set_update_expression(request.changes)
            .set_condition_expression(request.condition)
            .set_expression_attribute_names(request.names)
            .set_expression_attribute_values(request.values)
            .return_values(returns)
            .return_values_on_condition_check_failure(request.on_refusal);
        Ok(update.send().await?.attributes)
    }
}

impl Action for Delete {
    async fn send(self, table: &Table, request: Request) -> Result<Option<Item>, Error> {
        let delete = table
            .client
            .delete_item()
            .table_name(&table.name)
            .set_key(Some(self.0))
            .set_condition_expression(request.condition)
            .set_expression_attribute_names(request.names)
            .set_expression_attribute_values(request.values)
            .return_values_on_condition_check_failure(request.on_refusal);
        delete.send().await?;
        Ok(None)
    }
}

impl Written {
    /// Whether the write was made.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// The item as it is now, written or not.
    pub(crate) fn item(self) -> Option<Item> {
        let (Self::Done(item) | Self::Refused(item)) = self;
        item
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::{absent, at_most, equal, less};
    use super::*;

    fn request<A>(write: Write<A>) -> Request {
        write.request().unwrap().1
    }

    #[test]
    fn an_update_names_what_it_changes_and_under_which_condition() {
        let write = Write::update(Item::new())
            .set("status", "queued")
            .set_sum("expiresAt", ("retention", 1), 2)
            .add(["counts", "sent"], 3)
            .remove("error")
            .only_if(equal("status", "sending"))
            .only_if(absent("fence").or(at_most("fence", 4)));
        let request = request(write);
        let changes = "SET #status = :v0, #expiresAt = if_not_exists(#retention, :v1) + :v2 \
                       ADD #counts.#sent :v3 REMOVE #error";
        assert_eq!(request.changes.unwrap(), changes);
        let condition = "#status = :v4 AND (attribute_not_exists(#fence) OR #fence <= :v5)";
        assert_eq!(request.condition.unwrap(), condition);
        assert_eq!(request.names.unwrap()["#expiresAt"], "expiresAt");
        assert_eq!(request.values.unwrap().len(), 6);
    }

    #[test]
    fn only_another_word_needs_parentheses() {
        let condition = |condition| request(Write::put(Item::new()).only_if(condition)).condition.unwrap();
        let three = absent("a").or(absent("b")).or(equal("c", 1).and(less("d", 2)));
        let expected = "attribute_not_exists(#a) OR attribute_not_exists(#b) OR (#c = :v0 AND #d < :v1)";
        assert_eq!(condition(three), expected);
        assert_eq!(condition(equal("a", 1).and(equal("b", 2))), "#a = :v0 AND #b = :v1");
    }

    #[test]
    fn what_is_not_needed_is_not_sent() {
        let request = request(Write::delete(Item::new()));
        assert!(request.changes.is_none() && request.condition.is_none());
        assert!(request.names.is_none() && request.values.is_none());
        assert_eq!(request.on_refusal, ReturnValuesOnConditionCheckFailure::None);
    }

    #[test]
    fn the_refused_item_comes_when_asked_for() {
        let update = Write::update(Item::new()).set("a", 1);
        assert_eq!(request(update.returning_item()).on_refusal, ReturnValuesOnConditionCheckFailure::AllOld);
        let put = Write::put(Item::new()).returning_refused();
        assert_eq!(request(put).on_refusal, ReturnValuesOnConditionCheckFailure::AllOld);
    }
}
