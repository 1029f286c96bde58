//! Kinds of characters, by the Unicode character database: those that are not seen, and those that are written in place of
//! others.

/// The zeros of all scripts (category `Nd`); the other nine digits of a script follow its zero.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The ASCII digit that a decimal digit of any script stands for.
pub(crate) fn decimal_digit(letter: char) -> Option<char> {
    let code = u32::from(letter);
    let before = ZEROS.partition_point(|zero| *zero <= code);
    let value = code - ZEROS.get(before.checked_sub(1)?)?;
    char::from_digit(value, 10)
}

/// Whether a character says how text is laid out and is not seen itself (category `Cf`): marks of direction, zero-width
/// blanks, soft hyphens, byte order marks.
pub(crate) const fn is_format(letter: char) -> bool {
    matches!(
        letter,
        '\u{AD}'
            | '\u{600}'..='\u{605}'
            | '\u{61C}'
            | '\u{6DD}'
            | '\u{70F}'
            | '\u{890}'..='\u{891}'
            | '\u{8E2}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0001}'
            | '\u{E0020}'..='\u{E007F}'
    )
}

/// Whether a character is a blank of any kind, or is not seen: it can be left out around a name or a number.
pub(crate) fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || is_format(letter)
}

/// Whether nothing is seen where a character stands. Beside blanks and control characters these are letters without a shape,
/// which people use to send "empty" messages.
pub(crate) fn is_invisible(letter: char) -> bool {
    is_blank(letter)
        || letter.is_control()
        || matches!(
            letter,
            '\u{34F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{2065}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FFA0}'
                | '\u{E0100}'..='\u{E01EF}'
        )
}

/// Whether a character is a hyphen, a dash or the minus sign (category `Pd`, and U+2212).
pub(crate) const fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{58A}'
            | '\u{5BE}'
            | '\u{1400}'
            | '\u{1806}'
            | '\u{2010}'..='\u{2015}'
            | '\u{2212}'
            | '\u{2E17}'
            | '\u{2E1A}'
            | '\u{2E3A}'..='\u{2E3B}'
            | '\u{2E40}'
            | '\u{2E5D}'
            | '\u{301C}'
            | '\u{3030}'
            | '\u{30A0}'
            | '\u{FE31}'..='\u{FE32}'
            | '\u{FE58}'
            | '\u{FE63}'
            | '\u{FF0D}'
            | '\u{10EAD}'
    )
}

/// A character as a sentence names it: by its number when it cannot be seen.
pub(crate) fn shown(letter: char) -> String {
    if is_invisible(letter) { format!("U+{:04X}", u32::from(letter)) } else { format!("{letter:?}") }
}

/// A text without the blanks and unseen characters around it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Whether there is anything to see in a text.
pub(crate) fn has_visible(text: &str) -> bool {
    !text.chars().all(is_invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_scripts_have_their_value() {
        for (letter, digit) in
            [('0', '0'), ('9', '9'), ('٥', '5'), ('५', '5'), ('５', '5'), ('𝟎', '0'), ('\u{1FBF9}', '9')]
        {
            assert_eq!(decimal_digit(letter), Some(digit), "{letter}");
        }
        for letter in ['a', '/', ':', '²', '½', '①', '一', '\u{66A}', '\u{65F}'] {
            assert_eq!(decimal_digit(letter), None, "{letter}");
        }
        assert!(ZEROS.windows(2).all(|pair| pair[0] + 10 <= pair[1]));
    }

    #[test]
    fn nothing_is_seen_of_invisible_letters() {
        for text in ["", " ", "\n", "\u{200B}", "\u{2800}", "\u{3164}\u{FE0F}", "\u{7}", "\u{A0}\u{AD}"] {
            assert!(!has_visible(text), "{text:?}");
        }
        for text in ["a", " .", "\u{200B}👋", "é"] {
            assert!(has_visible(text), "{text:?}");
        }
        assert_eq!(
            (shown('\u{7}'), shown('x'), shown('\'')),
            ("U+0007".into(), "'x'".into(), "'\\''".into())
        );
    }
}
