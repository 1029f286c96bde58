//! How a file is laid out, as its beginning shows: what divides its columns, and where its records begin.

use super::columns::phone_rank;
use super::padding::Unpadded;
use super::records::{Current, Records};
use crate::limits::CSV_RECORD_MAX_BYTES;

/// What may divide columns. Of several that are equally likely, the first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// What divides the columns.
    pub(super) delimiter: u8,
    /// Whether a blank stands behind each delimiter, which belongs to no cell.
    pub(super) is_padded: bool,
    /// How many bytes stand before the records: a line that only tells the delimiter.
    pub(super) skip: usize,
    /// How many lines these are.
    pub(super) skipped_lines: u64,
}

/// What the beginning of a file shows.
pub(super) enum Beginning {
    /// Not enough of it is there.
    Open,
    /// There is nothing in it.
    Empty,
    /// It is laid out like this; the header is UTF-16 if zeros stand in it.
    Known(Layout, bool),
}

impl Beginning {
    /// Looks at what has come of a file so far, which may be all of it.
    pub(super) fn of(text: &[u8], is_all: bool) -> Self {
        // Blank lines in front count like a header: a file of nothing else must not be kept whole.
        let is_enough = |text: &[u8]| is_all || text.len() > CSV_RECORD_MAX_BYTES;
        let Some(line) = Line::first(text) else {
            return if is_enough(text) { Self::Empty } else { Self::Open };
        };
        if !line.is_complete && !is_enough(&text[line.start..]) {
            return Self::Open;
        }
        let told = told_delimiter(line.content(text));
        let (skip, skipped_lines) = match told {
            Some(_) => (line.after(text), line.number),
            None => (0, 0),
        };
        let Some(header) = header(&text[skip..]) else {
            return if is_enough(&text[skip..]) { Self::Empty } else { Self::Open };
        };
        if !header.is_complete && !is_enough(&text[skip + header.start..]) {
            return Self::Open;
        }
        let content = header.content(&text[skip..]);
        let delimiter = told.unwrap_or_else(|| likely_delimiter(content));
        let is_padded = Unpadded::is_padded(content, delimiter);
        Self::Known(Layout { delimiter, is_padded, skip, skipped_lines }, content.contains(&0))
    }
}

/// A line, or a record of several lines.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// Whether its end is there.
    is_complete: bool,
    /// Which line it is, from 1.
    number: u64,
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

impl Line {
    /// The first line that is not blank.
    fn first(text: &[u8]) -> Option<Self> {
        Self::ending(text, |rest| rest.iter().position(|byte| is_break(*byte)))
    }

    fn ending(text: &[u8], end: impl Fn(&[u8]) -> Option<usize>) -> Option<Self> {
        let start = text.iter().position(|byte| !is_break(*byte))?;
        let found = end(&text[start..]).map(|end| start + end);
        let number = lines_in(&text[..start]) + 1;
        Some(Self { start, end: found.unwrap_or(text.len()), is_complete: found.is_some(), number })
    }

    fn content<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.start..self.end]
    }

    /// Where the next line begins.
    fn after(&self, text: &[u8]) -> usize {
        let is_crlf = text[self.end..].starts_with(b"\r\n");
        (self.end + 1 + usize::from(is_crlf)).min(text.len())
    }
}

/// How many lines end in a text.
fn lines_in(text: &[u8]) -> u64 {
    let breaks = text.iter().filter(|byte| is_break(**byte)).count();
    let pairs = text.windows(2).filter(|pair| *pair == b"\r\n").count();
    (breaks - pairs) as u64
}

/// The first record: to the first line break that no quotes stand around. A quote that never ends is no quote.
fn header(text: &[u8]) -> Option<Line> {
    let whole = Line::ending(text, |rest| {
        let mut is_quoted = false;
        rest.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && is_break(*byte)
        })
    })?;
    let is_record = whole.is_complete || text.len() - whole.start <= CSV_RECORD_MAX_BYTES;
    if is_record { Some(whole) } else { Line::first(text) }
}

/// The delimiter in `sep=;`, which Excel writes, and reads, as the first line of a file.
fn told_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    let (name, delimiter) = line.split_at_checked(4)?;
    match delimiter {
        [delimiter] if name.eq_ignore_ascii_case(b"sep=") => {
            (delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && *delimiter != b'"')
                .then_some(*delimiter)
        }
        _ => None,
    }
}

/// What divides the columns of a header: that under which one of them is the phone number's; of several, and of none, the one
/// that stands in it most often, quoted text apart.
fn likely_delimiter(header: &[u8]) -> u8 {
    let by_likelihood = |delimiter: &u8| {
        let rank = rank_under(header, *delimiter).unwrap_or(usize::MAX);
        (rank, std::cmp::Reverse(count(header, *delimiter)))
    };
    DELIMITERS.into_iter().min_by_key(by_likelihood).unwrap_or(b',')
}

/// How well a column of a header is named for the phone number, if it is divided so.
fn rank_under(header: &[u8], delimiter: u8) -> Option<usize> {
    let mut unpadded = Unpadded::new(delimiter, Unpadded::is_padded(header, delimiter));
    let mut line = unpadded.read(header).into_owned();
    line.push(b'\n');
    let mut records = Records::new(delimiter, 1);
    if !records.advance(&line, &mut 0) {
        return None;
    }
    match records.current() {
        Current::Record(record) => phone_rank(record.fields()).map(|(rank, _)| rank),
        Current::Oversized(_) | Current::NotUtf8 => None,
    }
}

fn count(header: &[u8], delimiter: u8) -> usize {
    let mut is_quoted = false;
    let counts = |byte: &&u8| {
        is_quoted ^= **byte == b'"';
        !is_quoted && **byte == delimiter
    };
    header.iter().filter(counts).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_under_which_there_is_a_phone_number() {
        for (header, expected) in [
            ("phone,message", b','),
            ("phone;message", b';'),
            ("phone\tmessage", b'\t'),
            ("phone", b','),
            ("phone;\"a,b,c\";d", b';'),
            ("phone;first, last;city", b';'),
            ("phone;first, last", b';'),
            ("phone;name (first, middle, last)", b';'),
            ("a, b;phone;c, d, e", b';'),
            ("first;last, mobile", b','),
            ("first, last;Mobile", b';'),
            ("to, b;phone", b';'),
            ("a,b;c", b','),
            ("a,b;c;d", b';'),
            ("\"a\nb;c\";phone", b';'),
        ] {
            assert_eq!(likely_delimiter(header.as_bytes()), expected, "{header}");
        }
    }

    #[test]
    fn a_line_may_tell_the_delimiter() {
        for (line, told) in [
            ("sep=;", Some(b';')),
            ("SEP=,", Some(b',')),
            ("sep=\t", Some(b'\t')),
            ("sep=|", Some(b'|')),
            ("\"sep=;\"", Some(b';')),
            ("sep=", None),
            ("sep=a", None),
            ("sep=\"", None),
            ("sep=;;", None),
            ("separator", None),
        ] {
            assert_eq!(told_delimiter(line.as_bytes()), told, "{line}");
        }
    }
}
