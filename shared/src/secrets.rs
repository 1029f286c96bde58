//! Secrets that are made here.

use crate::ports::Entropy;
use domain::session::Secret;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API key `gapi_<4>_<28>` (166 bits), and the part of it that may be shown.
pub(crate) fn api_key(entropy: &impl Entropy) -> (String, String) {
    let prefix = format!("gapi_{}", letters_and_digits(entropy, 4));
    (format!("{prefix}_{}", letters_and_digits(entropy, 28)), prefix)
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
        let (first, prefix) = api_key(&entropy);
        let (second, _) = api_key(&entropy);
        assert_eq!((first.len(), prefix.len()), (38, 9));
        assert!(first.starts_with(&format!("{prefix}_")));
        assert_ne!(first, second);
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
