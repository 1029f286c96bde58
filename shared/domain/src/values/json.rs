//! JSON as clients write it.

use std::borrow::Cow;

use serde_json::Value;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What stands for half of a surrogate pair: the replacement character.
const REPLACEMENT: &[u8; 6] = b"\\uFFFD";

/// Reads JSON in UTF-8. A byte order mark in front is passed over (RFC 8259, 8.1), and half of a surrogate pair, which
/// JavaScript writes when it cuts a text in the middle of an emoji, is U+FFFD (RFC 8259, 8.2).
///
/// # Errors
/// When it is no JSON.
pub fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&mended(bytes))
}

/// The same text without what [`parse`] forgives.
pub(crate) fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut mended = Cow::Borrowed(text);
    let mut at = 0;
    while let Some(escape) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += escape;
        let Some(unit) = utf16_unit(&text[at..]) else {
            // Whatever is escaped, it is no escape of its own.
            at += 2;
            continue;
        };
        let is_pair = is_first_half(unit) && utf16_unit(&text[at + 6..]).is_some_and(is_second_half);
        if !is_pair && (is_first_half(unit) || is_second_half(unit)) {
            mended.to_mut()[at..at + 6].copy_from_slice(REPLACEMENT);
        }
        at += if is_pair { 12 } else { 6 };
    }
    mended
}

/// The number of an escape `\uXXXX` that a text begins with.
fn utf16_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

const fn is_first_half(unit: u16) -> bool {
    matches!(unit, 0xD800..=0xDBFF)
}

const fn is_second_half(unit: u16) -> bool {
    matches!(unit, 0xDC00..=0xDFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_pair_is_the_replacement_character() {
        for (text, expected) in [
            (r#""\ud83d""#, "\u{FFFD}"),
            (r#""a\ude00b""#, "a\u{FFFD}b"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (r#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83dx""#, "\\\u{FFFD}x"),
            (r#""\ud83d\n""#, "\u{FFFD}\n"),
            (r#""é\u00e9""#, "éé"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
        for text in [r#""\u12""#, r#""\u+123""#, r#""\"#, r"\ud83d", "", "\u{FEFF}"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_counts_for_nothing() {
        assert_eq!(parse("\u{FEFF}{}".as_bytes()).unwrap(), serde_json::json!({}));
        assert!(parse("\u{FEFF}\u{FEFF}{}".as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_is_json_is_read_as_ever(text in ".{0,40}") {
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(parse(&json).unwrap(), text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in r#"(\\|u|d83d|ude00|"|é|\{){0,20}"#) {
            let _ = parse(text.as_bytes());
        }
    }
}
