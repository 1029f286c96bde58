//! What WAHA says: the parts of its answers that matter, whatever engine it runs.

use domain::session::Secret;
use serde_json::Value;

use crate::providers::core_id::id_in;

/// Longest text of a server that is quoted to people, in characters.
const QUOTE_MAX_CHARS: usize = 160;

/// An answer. Has no `Debug`, since a server may quote in it what it was sent.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// What `Retry-After` says, when it says seconds.
    pub(super) retry_after_s: Option<u64>,
    /// The body as far as it was read.
    text: String,
    /// The body as JSON; null when it is none.
    json: Value,
    /// What must not be quoted.
    secret: Secret,
}

impl Answer {
    /// An answer to a call that bore `secret`.
    pub(super) fn new(status: u16, retry_after: Option<&str>, body: &[u8], secret: &Secret) -> Self {
        let retry_after_s = retry_after.and_then(|value| value.trim().parse().ok());
        let text = String::from_utf8_lossy(body).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, retry_after_s, text, json, secret: secret.clone() }
    }

    /// Whether it is a web page, which WAHA never answers with.
    pub(super) fn is_web_page(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    /// Whether it is the JSON object that WAHA's own errors are.
    pub(super) fn is_json_object(&self) -> bool {
        self.json.is_object()
    }

    /// The body as text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The core id of the message that was sent, such as `3EB0C767D26A1B2E5A7F`.
    pub(super) fn message_id(&self) -> Option<&str> {
        let data = &self.json["_data"];
        [&self.json["id"], &self.json["key"], &data["id"], &data["key"], &data["Info"]["ID"]]
            .into_iter()
            .find_map(id_in)
    }

    /// The state of the session, when that is why nothing was sent.
    pub(super) fn session_status(&self) -> Option<&str> {
        self.json["expected"].as_array().and(self.json["status"].as_str())
    }

    /// The message of the exception that a 500 is about.
    pub(super) fn exception(&self) -> Option<&str> {
        self.json["exception"]["message"].as_str()
    }

    /// The server's own words, on one line, not too long, and without the secret, should it quote that.
    pub(super) fn words(&self) -> Option<String> {
        let reasons = [&self.json["exception"]["message"], &self.json["message"], &self.json["error"]];
        let words = reasons.into_iter().find_map(words_in)?;
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
    use crate::providers::core_id::ID_MAX_CHARS;

    fn answer(body: &str) -> Answer {
        Answer::new(201, None, body.as_bytes(), &Secret::new("s3cret".to_owned()))
    }

    #[test]
    fn every_engines_id_is_found() {
        for body in [
            r#"{"id":"true_16505551234@c.us_3EB0AB12"}"#,
            r#"{"id":"true_123-456@g.us_3EB0AB12_16505551234@c.us"}"#,
            r#"{"id":"false_99@lid_3EB0AB12"}"#,
            r#"{"id":"3EB0AB12"}"#,
            r#"{"id":{"fromMe":true,"remote":"1@c.us","id":"3EB0AB12","_serialized":"true_1@c.us_3EB0AB12"}}"#,
            r#"{"id":{"id":"3EB0AB12"}}"#,
            r#"{"key":{"remoteJid":"1@s.whatsapp.net","fromMe":true,"id":"3EB0AB12"},"status":1}"#,
            r#"{"_data":{"id":{"_serialized":"true_1@c.us_3EB0AB12"}}}"#,
            r#"{"_data":{"id":{"id":"3EB0AB12"}}}"#,
            r#"{"_data":{"id":"3EB0AB12"}}"#,
            r#"{"_data":{"key":{"id":"3EB0AB12"}}}"#,
            r#"{"_data":{"Info":{"ID":"3EB0AB12"}}}"#,
            r#"{"id":null,"_data":{"Info":{"ID":"3EB0AB12"}}}"#,
        ] {
            assert_eq!(answer(body).message_id(), Some("3EB0AB12"), "{body}");
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        let long = format!(r#"{{"id":"{}"}}"#, "A".repeat(ID_MAX_CHARS + 1));
        for body in [
            "",
            "{}",
            "[]",
            "3",
            "null",
            r#"{"id":""}"#,
            r#"{"id":"true_1@c.us"}"#,
            r#"{"id":"true_"}"#,
            r#"{"id":7}"#,
        ] {
            assert_eq!(answer(body).message_id(), None, "{body}");
        }
        for body in [r#"{"id":"a b"}"#, r#"{"id":"\u0000"}"#, &long, r#"{"id":"trunc"#] {
            assert_eq!(answer(body).message_id(), None, "{body}");
        }
    }

    #[test]
    fn a_servers_words_fit_on_a_line() {
        for (body, words) in [
            (r#"{"message":"Bad\n\trequest.","statusCode":400}"#, Some("Bad request")),
            (
                r#"{"message":["text must be a string","chatId is empty"]}"#,
                Some("text must be a string; chatId is empty"),
            ),
            (r#"{"error":"Only PLUS"}"#, Some("Only PLUS")),
            (r#"{"exception":{"message":"boom"},"message":"other"}"#, Some("boom")),
            (r#"{"message":""}"#, None),
            (r#"{"message":{"a":1}}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(answer(body).words().as_deref(), words, "{body}");
        }
        let long = answer(&format!(r#"{{"message":"{}"}}"#, "\u{e9}".repeat(1_000)));
        assert_eq!(long.words().unwrap().chars().count(), QUOTE_MAX_CHARS);
    }

    #[test]
    fn a_secret_is_never_quoted() {
        let answer = answer(r#"{"message":"key s3cret is wrong"}"#);
        assert_eq!(answer.words().unwrap(), "key \u{2026} is wrong");
    }

    #[test]
    fn retry_after_counts_in_seconds_only() {
        for (value, seconds) in
            [("7", Some(7)), (" 7 ", Some(7)), ("-1", None), ("Fri, 31 Dec 1999 23:59:59 GMT", None)]
        {
            let answer = Answer::new(429, Some(value), b"", &Secret::new(String::new()));
            assert_eq!(answer.retry_after_s, seconds, "{value}");
        }
    }
}
