//! The header: what each column means.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::CsvFault;
use super::records::Record;
use crate::bulk::text::{Name, Variables, comparable};
use crate::values::letters::trimmed;

/// Names of the column of the phone number, in the form in which names are compared. A name counts when no column has one of
/// those before it.
const PHONE_NAMES: [&str; 8] =
    ["phone", "phone_number", "mobile", "to", "number", "telefone", "teléfono", "telefon"];

/// The name of the column of the text.
const MESSAGE_NAME: &str = "message";

/// What the columns of a file are, for its owner: their names as they stand in the header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvColumns {
    /// That of the phone number.
    pub phone: String,
    /// Those of variables.
    pub variables: Vec<String>,
}

/// The columns of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    count: usize,
    phone: usize,
    message: Option<usize>,
    /// All others: the places of their names, in the form in which names are compared.
    variables: HashMap<String, usize>,
    named: CsvColumns,
}

/// Which of these columns is the phone number's: how good its name is, 0 being the best, and its place.
pub(super) fn phone_rank<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, usize)> {
    let ranked = names.enumerate().filter_map(|(at, name)| {
        let name = comparable(name);
        Some((PHONE_NAMES.iter().position(|known| *known == name)?, at))
    });
    ranked.min()
}

impl Columns {
    /// Reads a header: names in any order and case, blanks and what is not seen around them left out.
    pub(super) fn read(header: &Record<'_>) -> Result<Self, CsvFault> {
        let (_, phone) = phone_rank(header.fields()).ok_or(CsvFault::NoPhoneColumn)?;
        let mut columns = Self { count: header.count(), phone, ..Self::default() };
        trimmed(header.field(phone)).clone_into(&mut columns.named.phone);
        for (at, name) in header.fields().map(trimmed).enumerate() {
            // A column without a name is one that nothing can refer to, as the ends of lines often are.
            if !name.is_empty() && at != phone {
                columns.add(at, name)?;
            }
        }
        Ok(columns)
    }

    fn add(&mut self, at: usize, name: &str) -> Result<(), CsvFault> {
        let form = comparable(name);
        let is_taken = match form.as_str() {
            "phone" => true,
            MESSAGE_NAME => self.message.replace(at).is_some(),
            _ => {
                self.named.variables.push(name.to_owned());
                self.variables.insert(form, at).is_some()
            }
        };
        if is_taken { Err(CsvFault::ColumnTwice) } else { Ok(()) }
    }

    /// Their names.
    pub(super) const fn named(&self) -> &CsvColumns {
        &self.named
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The cell of the phone number.
    pub(super) fn phone<'a>(&self, record: &Record<'a>) -> &'a str {
        record.field(self.phone)
    }

    /// The cell of the text, if there is such a column.
    pub(super) fn message<'a>(&self, record: &Record<'a>) -> Option<&'a str> {
        self.message.map(|at| record.field(at))
    }
}

/// The variables of a record.
pub(super) struct CsvVariables<'a> {
    pub(super) columns: &'a Columns,
    pub(super) record: &'a Record<'a>,
}

impl Variables for CsvVariables<'_> {
    /// An empty cell is no value: CSV has no other way to leave one out.
    fn value(&self, name: &Name<'_>) -> Option<Cow<'_, str>> {
        let value = self.record.field(*self.columns.variables.get(&name.comparable)?);
        (!value.is_empty()).then_some(Cow::Borrowed(value))
    }
}
