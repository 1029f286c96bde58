//! Conditions of writes, and of the keys that a query looks for.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::expression::{Path, Piece};

/// Something that must be so.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(super) pieces: Vec<Piece>,
    /// The word between its parts, if it has several.
    joined_by: Option<&'static str>,
}

const AND: &str = " AND ";
const OR: &str = " OR ";

/// The attribute has this value.
pub(crate) fn equal(path: impl Into<Path>, value: impl Serialize) -> Condition {
    compared(path, " = ", Piece::value(value))
}

/// The attribute has the value that was read before.
pub(crate) fn unchanged(name: &str, value: &AttributeValue) -> Condition {
    compared(name, " = ", Piece::Value(Ok(value.clone())))
}

/// The attribute is there and has another value.
pub(crate) fn not_equal(path: impl Into<Path>, value: impl Serialize) -> Condition {
    compared(path, " <> ", Piece::value(value))
}

/// The attribute is less than this.
pub(crate) fn less(path: impl Into<Path>, value: impl Serialize) -> Condition {
    compared(path, " < ", Piece::value(value))
}

/// The attribute is this or less.
pub(crate) fn at_most(path: impl Into<Path>, value: impl Serialize) -> Condition {
    compared(path, " <= ", Piece::value(value))
}

/// The attribute is more than this.
pub(crate) fn greater(path: impl Into<Path>, value: impl Serialize) -> Condition {
    compared(path, " > ", Piece::value(value))
}

/// The attribute is one of these two values, or lies between them.
pub(crate) fn between(path: impl Into<Path>, from: impl Serialize, to: impl Serialize) -> Condition {
    let (path, from, to) = (Piece::path(path), Piece::value(from), Piece::value(to));
    Condition::test([path, Piece::Text(" BETWEEN "), from, Piece::Text(AND), to])
}

/// The attribute is a text that begins with this one.
pub(crate) fn starts_with(path: impl Into<Path>, prefix: impl Serialize) -> Condition {
    let (path, prefix) = (Piece::path(path), Piece::value(prefix));
    Condition::test([Piece::Text("begins_with("), path, Piece::Text(", "), prefix, Piece::Text(")")])
}

/// The attribute is there.
pub(crate) fn present(path: impl Into<Path>) -> Condition {
    Condition::test([Piece::Text("attribute_exists("), Piece::path(path), Piece::Text(")")])
}

/// The attribute is not there.
pub(crate) fn absent(path: impl Into<Path>) -> Condition {
    Condition::test([Piece::Text("attribute_not_exists("), Piece::path(path), Piece::Text(")")])
}

impl Condition {
    /// Both must be so.
    pub(crate) fn and(self, other: Self) -> Self {
        self.join(AND, other)
    }

    /// At least one of the two must be so.
    pub(crate) fn or(self, other: Self) -> Self {
        self.join(OR, other)
    }

    fn test<const N: usize>(pieces: [Piece; N]) -> Self {
        Self { pieces: pieces.into(), joined_by: None }
    }

    fn join(self, word: &'static str, other: Self) -> Self {
        let mut pieces = self.beside(word);
        pieces.push(Piece::Text(word));
        pieces.extend(other.beside(word));
        Self { pieces, joined_by: Some(word) }
    }

    /// The condition as a part of a larger one. It has parentheses only where the other word joins it, because `DynamoDB`
    /// refuses redundant ones.
    fn beside(self, word: &str) -> Vec<Piece> {
        if self.joined_by.is_none_or(|own| own == word) {
            return self.pieces;
        }
        let mut pieces = vec![Piece::Text("(")];
        pieces.extend(self.pieces);
        pieces.push(Piece::Text(")"));
        pieces
    }
}

fn compared(path: impl Into<Path>, operator: &'static str, value: Piece) -> Condition {
    Condition::test([Piece::path(path), Piece::Text(operator), value])
}
