//! Requests that are sent again: the same key means the same request, and the same answer.
//!
//! The first request with a key reserves the key, and stores the seed (time and randomness) that all its ids follow from.
//! If it dies, the next request with the key goes on under the same seed: its ids are the same, so it finds what the first one
//! created. So nothing is created twice, and no key is stuck.

use crate::limits::IDEMPOTENCY_KEY_MAX_CHARS;
use crate::values::time::Timestamp;

/// The key by which a caller marks repetitions of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A text is not an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key must have 1 to {IDEMPOTENCY_KEY_MAX_CHARS} visible characters of ASCII")]
pub struct NotAnIdempotencyKey;

impl IdempotencyKey {
    /// Reads a header's value.
    pub fn parse(text: &str) -> Result<Self, NotAnIdempotencyKey> {
        let is_key = (1..=IDEMPOTENCY_KEY_MAX_CHARS).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned())).ok_or(NotAnIdempotencyKey)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The values from which all ids that a request creates are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// When the request was first received.
    pub at: Timestamp,
    /// Uniformly random bits.
    pub random: u128,
    /// Whether an earlier run of the same request may have created some of the objects already, and may have answered its caller.
    pub is_repeat: bool,
}

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its HTTP status.
    pub status: u16,
    /// Its body, JSON.
    pub body: Vec<u8>,
}

/// A key that a request has reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// A hash of what the request asks for, in hexadecimal.
    pub fingerprint: String,
    /// The seed of its ids.
    pub seed: Seed,
    /// The end of the time in which only the run that reserved the key may work on the request.
    pub lease_until: Timestamp,
    /// The answer, once the request has ended with success.
    pub answer: Option<KeptAnswer>,
}

/// What a key that is already reserved means for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This request itself has reserved the key; the SDK repeated its write.
    Own,
    /// The request has ended: it gets the same answer again.
    Replay(KeptAnswer),
    /// The key was used for a different request.
    Reused,
    /// The first run is not over yet.
    InProgress,
    /// The first run died, or ended without an answer that can be kept: go on in its place.
    Resume,
}

impl Reservation {
    /// What this stored reservation means for a request that tried to store `wanted`.
    pub fn judge(&self, wanted: &Self, now: Timestamp) -> Verdict {
        if self.fingerprint != wanted.fingerprint {
            return Verdict::Reused;
        }
        match &self.answer {
            Some(answer) => Verdict::Replay(answer.clone()),
            None if self.seed.random == wanted.seed.random => Verdict::Own,
            None if now < self.lease_until => Verdict::InProgress,
            None => Verdict::Resume,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn reservation(fingerprint: &str, random: u128) -> Reservation {
        let seed = Seed { at: NOW, random, is_repeat: false };
        let lease_until = NOW.plus_millis(1_000);
        Reservation { fingerprint: fingerprint.to_owned(), seed, lease_until, answer: None }
    }

    #[test]
    fn keys_are_visible_ascii() {
        for key in ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "!~", &"k".repeat(255)] {
            assert!(IdempotencyKey::parse(key).is_ok(), "{key}");
        }
        for key in ["", " ", "a b", "a\t", "é", "\u{7f}", &"k".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(key), Err(NotAnIdempotencyKey), "{key}");
        }
    }

    #[test]
    fn a_taken_key_waits_goes_on_or_answers_again() {
        let (found, wanted) = (reservation("a", 1), reservation("a", 2));
        assert_eq!(found.judge(&wanted, NOW.plus_millis(999)), Verdict::InProgress);
        assert_eq!(found.judge(&wanted, NOW.plus_millis(1_000)), Verdict::Resume);
        assert_eq!(found.judge(&found, NOW), Verdict::Own);
        let answer = KeptAnswer { status: 202, body: b"{}".to_vec() };
        let answered = Reservation { answer: Some(answer.clone()), ..found };
        assert_eq!(answered.judge(&wanted, NOW), Verdict::Replay(answer));
    }

    #[test]
    fn another_request_is_refused_whatever_became_of_the_first() {
        let wanted = reservation("b", 1);
        let answer = Some(KeptAnswer { status: 202, body: Vec::new() });
        for answer in [None, answer] {
            let found = Reservation { answer, ..reservation("a", 1) };
            assert_eq!(found.judge(&wanted, NOW.plus_millis(5_000)), Verdict::Reused);
        }
    }
}
