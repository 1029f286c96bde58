//! From the bytes of a file to UTF-8, as they come in.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use serde::{Deserialize, Serialize};

/// An encoding of text, by its name in the WHATWG encoding standard.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TextEncoding(&'static Encoding);

/// A text is not the name of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an encoding by its WHATWG label, such as utf-8, windows-1252 or utf-16le")]
pub struct NotAnEncoding;

impl TextEncoding {
    /// Its name, such as `windows-1252`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The text that these bytes are; `None` when some of them are none.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        self.0.decode_without_bom_handling_and_without_replacement(bytes)
    }
}

impl FromStr for TextEncoding {
    type Err = NotAnEncoding;

    fn from_str(label: &str) -> Result<Self, NotAnEncoding> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(Self).ok_or(NotAnEncoding)
    }
}

impl TryFrom<String> for TextEncoding {
    type Error = NotAnEncoding;

    fn try_from(label: String) -> Result<Self, NotAnEncoding> {
        label.parse()
    }
}

impl From<TextEncoding> for String {
    fn from(encoding: TextEncoding) -> Self {
        encoding.name().to_owned()
    }
}

impl fmt::Debug for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Stands in UTF-8 for what cannot be decoded: no text has it, so that whoever reads the text finds it, and where.
const UNDECODED: u8 = 0xFF;

/// The longest byte order mark, in bytes.
const MARK_MAX_BYTES: usize = 3;

/// Decodes a file in parts. A byte order mark goes before what the file is said to be.
#[derive(Debug)]
pub(super) struct Input {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Too little has come to know of a mark: what is said of the file, and its first bytes.
    Begun(Option<TextEncoding>, Vec<u8>),
    /// It is UTF-8, which whoever reads it checks.
    Utf8,
    /// It is in another encoding.
    Other(Box<Decoder>),
}

impl Input {
    pub(super) const fn new(said: Option<TextEncoding>) -> Self {
        Self { state: State::Begun(said, Vec::new()) }
    }

    /// The name of the encoding, if it is not UTF-8.
    pub(super) fn other_name(&self) -> Option<&'static str> {
        match &self.state {
            State::Other(decoder) => Some(decoder.encoding().name()),
            State::Begun(..) | State::Utf8 => None,
        }
    }

    /// Decodes the next part. Nothing comes out as long as too little has come in.
    pub(super) fn decode<'a>(&mut self, part: &'a [u8], is_last: bool) -> Cow<'a, [u8]> {
        match &mut self.state {
            State::Utf8 => Cow::Borrowed(part),
            State::Other(decoder) => Cow::Owned(decoded(decoder, part, is_last)),
            State::Begun(said, begun) => {
                begun.extend_from_slice(part);
                if begun.len() < MARK_MAX_BYTES && !is_last {
                    return Cow::Borrowed(&[]);
                }
                let (said, begun) = (*said, std::mem::take(begun));
                let (encoding, mark) =
                    Encoding::for_bom(&begun).unwrap_or((said.map_or(UTF_8, |it| it.0), 0));
                self.state = if encoding == UTF_8 {
                    State::Utf8
                } else {
                    State::Other(Box::new(encoding.new_decoder_without_bom_handling()))
                };
                Cow::Owned(self.decode(&begun[mark..], is_last).into_owned())
            }
        }
    }
}

fn decoded(decoder: &mut Decoder, mut part: &[u8], is_last: bool) -> Vec<u8> {
    let mut text = Vec::new();
    loop {
        let room = decoder.max_utf8_buffer_length_without_replacement(part.len()).unwrap_or(part.len() + 16);
        let from = text.len();
        text.resize(from + room, 0);
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(part, &mut text[from..], is_last);
        text.truncate(from + written);
        part = &part[read..];
        match result {
            DecoderResult::InputEmpty => return text,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(UNDECODED),
        }
    }
}
