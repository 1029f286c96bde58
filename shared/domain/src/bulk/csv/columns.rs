//! The header: what each column means, and what divides them.

use std::borrow::Cow;

use super::error::CsvFault;
use super::records::Record;
use crate::bulk::text::{Variables, comparable};

/// What may divide columns. Of several that a header holds equally often, the first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The columns of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    count: usize,
    phone: usize,
    message: Option<usize>,
    /// All others: the form in which their names are compared, and their place.
    variables: Vec<(String, usize)>,
}

/// What divides the columns of a file: the one that its header line holds most often, quoted text apart.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [0_usize; DELIMITERS.len()];
    for byte in header {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            _ => {
                if let Some(at) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    DELIMITERS[at]
}

impl Columns {
    /// Reads a header: names in any order and case, blanks around them left out.
    pub(super) fn read(header: &Record<'_>) -> Result<Self, CsvFault> {
        let names: Vec<String> = header.fields().map(|name| name.trim().to_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let phone = place("phone").ok_or(CsvFault::NoPhoneColumn)?;
        let message = place("message");
        let mut variables: Vec<(String, usize)> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            // A column without a name is one that nothing can refer to, as the ends of lines often are.
            if name.is_empty() || at == phone || Some(at) == message {
                continue;
            }
            let name = comparable(name);
            let is_taken = matches!(name.as_str(), "phone" | "message");
            if is_taken || variables.iter().any(|(other, _)| *other == name) {
                return Err(CsvFault::ColumnTwice);
            }
            variables.push((name, at));
        }
        Ok(Self { count: names.len(), phone, message, variables })
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

    /// The cell of a variable.
    fn variable<'a>(&self, record: &Record<'a>, name: &str) -> Option<&'a str> {
        let name = comparable(name);
        let (_, at) = self.variables.iter().find(|(other, _)| *other == name)?;
        Some(record.field(*at))
    }
}

/// The variables of a record.
pub(super) struct CsvVariables<'a> {
    pub(super) columns: &'a Columns,
    pub(super) record: &'a Record<'a>,
}

impl Variables for CsvVariables<'_> {
    /// An empty cell is no value: CSV has no other way to leave one out.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.columns.variable(self.record, name)?;
        (!value.is_empty()).then_some(Cow::Borrowed(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_the_header_uses_most() {
        for (header, expected) in [
            ("phone,message", b','),
            ("phone;message", b';'),
            ("phone\tmessage", b'\t'),
            ("phone", b','),
            ("phone;\"a,b,c\";d", b';'),
            ("phone;first, last;city", b';'),
            ("a,b;c", b','),
        ] {
            assert_eq!(delimiter(header.as_bytes()), expected, "{header}");
        }
    }
}
