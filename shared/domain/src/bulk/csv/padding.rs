//! Blanks behind delimiters, as some programs write them: `phone, name`. They belong to no cell, and would hide its quotes.

use std::borrow::Cow;

/// Leaves out the blanks behind delimiters, if the file has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unpadded {
    delimiter: u8,
    is_padded: bool,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line: a blank is the cell's.
    LineStart,
    /// Behind a delimiter.
    CellStart,
    /// In a cell, or behind one.
    Cell,
    /// Between quotes.
    Quoted,
    /// Behind a quote that may have ended the cell, or be the first of two.
    QuoteEnd,
}

impl Unpadded {
    pub(super) const fn new(delimiter: u8, is_padded: bool) -> Self {
        Self { delimiter, is_padded, place: Place::LineStart }
    }

    /// Whether a blank stands behind each delimiter of a header, and there is one.
    pub(super) fn is_padded(header: &[u8], delimiter: u8) -> bool {
        let mut places = Self::new(delimiter, true);
        let (mut delimiters, mut blanks) = (0, 0);
        for byte in header {
            let before = places.place;
            let is_first_blank = *byte == b' ' && before == Place::CellStart;
            places.step(*byte);
            if is_first_blank {
                // One blank counts for one delimiter, however many follow it.
                blanks += 1;
                places.place = Place::LineStart;
            }
            delimiters += usize::from(places.place == Place::CellStart);
        }
        delimiters > 0 && delimiters == blanks
    }

    /// What is left of a part of the file.
    pub(super) fn read<'a>(&mut self, part: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.is_padded {
            return Cow::Borrowed(part);
        }
        part.iter().copied().filter(|byte| self.step(*byte)).collect()
    }

    /// Whether a byte stays.
    const fn step(&mut self, byte: u8) -> bool {
        let is_padding = byte == b' ' && matches!(self.place, Place::CellStart);
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::QuoteEnd,
            (Place::Quoted, _) | (Place::QuoteEnd | Place::LineStart | Place::CellStart, b'"') => {
                Place::Quoted
            }
            (_, b'\r' | b'\n') => Place::LineStart,
            (_, byte) if byte == self.delimiter => Place::CellStart,
            (place, b' ') if is_padding => place,
            _ => Place::Cell,
        };
        !is_padding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_shows_whether_blanks_are_padding() {
        for (header, is_padded) in [
            ("phone, name", true),
            ("phone, name, \"a,b\"", true),
            ("phone,  name", true),
            ("phone,name, city", false),
            ("phone", false),
            ("phone,name", false),
            ("\"phone, name\",city", false),
        ] {
            assert_eq!(Unpadded::is_padded(header.as_bytes(), b','), is_padded, "{header}");
        }
    }

    #[test]
    fn blanks_behind_delimiters_are_left_out_and_no_others() {
        for (text, expected) in [
            ("1, \"Lee, Ann\",  x y \n 2, b", "1,\"Lee, Ann\",x y \n 2,b"),
            ("1, \"a \"\", b\", c", "1,\"a \"\", b\",c"),
            ("1, a \"b, c\"", "1,a \"b,c\""),
        ] {
            let mut unpadded = Unpadded::new(b',', true);
            assert_eq!(unpadded.read(text.as_bytes()), expected.as_bytes(), "{text}");
            assert_eq!(Unpadded::new(b',', false).read(text.as_bytes()), text.as_bytes());
        }
    }
}
