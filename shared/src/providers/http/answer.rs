//! What a server said.

use domain::session::Secret;
use domain::tuning::HOLD_CREDENTIALS_MAX_MS;
use serde_json::Value;

/// Longest text of a server that is quoted to people, in characters.
const QUOTE_MAX_CHARS: usize = 160;
/// Shortest pause that a server can ask for, in milliseconds: none at all would be a loop.
const RETRY_AFTER_MIN_MS: i64 = 1_000;
/// Longest pause that a server can ask for, in milliseconds.
const RETRY_AFTER_MAX_MS: i64 = HOLD_CREDENTIALS_MAX_MS;

/// An answer. Has no `Debug`, since a server may quote in it what it was sent.
pub(in crate::providers) struct Answer {
    /// What people call the server.
    pub(in crate::providers) server: &'static str,
    /// The HTTP status.
    pub(in crate::providers) status: u16,
    /// The body as JSON; null when it is none.
    pub(in crate::providers) json: Value,
    /// What `Retry-After` says, when it says seconds.
    retry_after_s: Option<u64>,
    /// The body as far as it was read.
    text: String,
    /// What must not be quoted.
    secret: Secret,
}

impl Answer {
    /// An answer of a server to a call that bore `secret`.
    pub(in crate::providers) fn new(
        server: &'static str,
        status: u16,
        retry_after: Option<&str>,
        body: &[u8],
        secret: &Secret,
    ) -> Self {
        let retry_after_s = retry_after.and_then(|value| value.trim().parse().ok());
        let text = String::from_utf8_lossy(body).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { server, status, json, retry_after_s, text, secret: secret.clone() }
    }

    /// Whether it is a web page, which no provider's API answers with.
    pub(in crate::providers) fn is_web_page(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    /// Whether it begins as a JSON object does; one that was cut does so, too.
    pub(in crate::providers) fn begins_as_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// The body as text.
    pub(in crate::providers) fn text(&self) -> &str {
        &self.text
    }

    /// How long the server asks us to wait, in milliseconds and within bounds.
    pub(in crate::providers) fn retry_after_ms(&self) -> Option<i64> {
        let millis = self.retry_after_s?.saturating_mul(1_000);
        Some(i64::try_from(millis).unwrap_or(i64::MAX).clamp(RETRY_AFTER_MIN_MS, RETRY_AFTER_MAX_MS))
    }

    /// The first of these that says something: on one line, not too long, and without the secret, should it quote that.
    pub(in crate::providers) fn quote(&self, reasons: &[&Value]) -> Option<String> {
        let words = reasons.iter().find_map(|reason| words_in(reason))?;
        let words = match self.secret.expose() {
            "" => words,
            secret => words.replace(secret, "\u{2026}"),
        };
        Some(words.chars().take(QUOTE_MAX_CHARS).collect())
    }
}

/// A reason as text: what it is, or all that it lists.
fn words_in(value: &Value) -> Option<String> {
    let words = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        _ => return None,
    };
    let line = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.');
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(body: &str) -> Option<String> {
        let answer = Answer::new("server", 400, None, body.as_bytes(), &Secret::new("s3cret".to_owned()));
        answer.quote(&[&answer.json["inner"]["message"], &answer.json["message"]])
    }

    #[test]
    fn a_servers_words_fit_on_a_line() {
        for (body, words) in [
            (r#"{"message":"Bad\n\trequest.","statusCode":400}"#, Some("Bad request")),
            (
                r#"{"message":["text must be a string","chatId is empty"]}"#,
                Some("text must be a string; chatId is empty"),
            ),
            (r#"{"inner":{"message":"boom"},"message":"other"}"#, Some("boom")),
            (r#"{"message":""}"#, None),
            (r#"{"message":{"a":1}}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(quote(body).as_deref(), words, "{body}");
        }
        let long = quote(&format!(r#"{{"message":"{}"}}"#, "\u{e9}".repeat(1_000)));
        assert_eq!(long.unwrap().chars().count(), QUOTE_MAX_CHARS);
    }

    #[test]
    fn a_secret_is_never_quoted() {
        assert_eq!(quote(r#"{"message":"key s3cret is wrong"}"#).unwrap(), "key \u{2026} is wrong");
    }

    #[test]
    fn retry_after_counts_in_seconds_and_within_bounds() {
        for (value, millis) in [
            ("7", Some(7_000)),
            (" 7 ", Some(7_000)),
            ("0", Some(1_000)),
            ("18446744073709551615", Some(3_600_000)),
            ("-1", None),
            ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ] {
            let answer = Answer::new("server", 429, Some(value), b"", &Secret::new(String::new()));
            assert_eq!(answer.retry_after_ms(), millis, "{value}");
        }
    }
}
