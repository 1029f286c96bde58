//! Secrets that are made here.

use crate::ports::Entropy;
use domain::session::Secret;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What every API key begins with.
pub(crate) const API_KEY_START: &str = "gapi_";

/// An API key `gapi_<4>_<28>` (166 bits).
pub(crate) fn api_key(entropy: &impl Entropy) -> String {
    format!("{API_KEY_START}{}_{}", letters_and_digits(entropy, 4), letters_and_digits(entropy, 28))
}

/// The part of an API key that may be shown: `gapi_<4>`.
pub(crate) fn shown_part(key: &str) -> &str {
    key.rsplit_once('_').map_or(key, |(shown, _)| shown)
}

/// Whether a text has the form `gapi_<4>_<28>`; anything else is refused without a look into the table.
pub(crate) fn has_key_form(key: &str) -> bool {
    let is = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let parts = key.strip_prefix(API_KEY_START).and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(shown, hidden)| is(shown, 4) && is(hidden, 28))
}

/// The key of a session's webhook signatures.
pub(crate) fn webhook_secret(entropy: &impl Entropy) -> Secret {
    Secret::new(letters_and_digits(entropy, 43))
}

/// Each of the 62 equally likely: six bits at a time, those over 61 drawn again.
fn letters_and_digits(entropy: &impl Entropy, count: usize) -> String {
    std::iter::repeat_with(|| entropy.next_u64())
        .flat_map(|bits| (0..10).map(move |n| (bits >> (6 * n)) & 63))
        .filter_map(|index| usize::try_from(index).ok().and_then(|i| ALPHABET.get(i)))
        .take(count)
        .map(|byte| char::from(*byte))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    struct Counting(Cell<u64>);

    impl Entropy for Counting {
        fn next_u64(&self) -> u64 {
            self.0.set(
                self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407),
            );
            self.0.get()
        }
    }

    #[test]
    fn keys_have_their_form_and_differ() {
        let entropy = Counting(Cell::new(1));
        let (first, second) = (api_key(&entropy), api_key(&entropy));
        assert!(has_key_form(&first) && has_key_form(&second));
        assert_eq!(shown_part(&first), &first[..9]);
        assert_ne!(first, second);
    }

    #[test]
    fn the_form_of_a_key() {
        assert!(has_key_form("gapi_abcd_0123456789012345678901234567"));
        for key in [
            "",
            "gapi_abcd_012345678901234567890123456",
            "gapi_abcd_0123456789012345678901234567_",
            "gapi_abc_0123456789012345678901234567",
            "GAPI_abcd_0123456789012345678901234567",
            "gapi_abcd_012345678901234567890123456é",
        ] {
            assert!(!has_key_form(key), "{key}");
        }
    }

    #[test]
    fn bits_over_the_alphabet_are_drawn_again() {
        struct Once(Cell<bool>);
        impl Entropy for Once {
            fn next_u64(&self) -> u64 {
                if self.0.replace(false) { u64::MAX } else { 0 }
            }
        }
        assert_eq!(letters_and_digits(&Once(Cell::new(true)), 5), "00000");
    }
}
