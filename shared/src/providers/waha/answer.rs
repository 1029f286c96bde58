//! The parts of WAHA's answers that matter, for all its engines.

use serde_json::Value;

use super::core_id::id_in;
use crate::providers::http::Answer;

/// Whether an answer is the JSON object that WAHA's own errors are.
pub(super) fn is_own(answer: &Answer) -> bool {
    answer.json.is_object()
}

/// The core id of the message that was sent, such as `3EB0C767D26A1B2E5A7F`.
pub(super) fn message_id(answer: &Answer) -> Option<&str> {
    let (json, data) = (&answer.json, &answer.json["_data"]);
    [&json["id"], &json["key"], &data["id"], &data["key"], &data["Info"]["ID"]].into_iter().find_map(id_in)
}

/// The state of the session, when that is why nothing was sent.
pub(super) fn session_status(answer: &Answer) -> Option<&str> {
    answer.json["expected"].as_array().and(answer.json["status"].as_str())
}

/// The message of the exception that a 500 is about.
pub(super) fn exception(answer: &Answer) -> Option<&str> {
    answer.json["exception"]["message"].as_str()
}

/// WAHA's own words.
pub(super) fn words(answer: &Answer) -> Option<String> {
    let json: &Value = &answer.json;
    answer.quote(&[&json["exception"]["message"], &json["message"], &json["error"]])
}

#[cfg(test)]
mod tests {
    use domain::session::Secret;

    use super::*;
    use crate::providers::waha::core_id::ID_MAX_CHARS;

    fn id(body: &str) -> Option<String> {
        let answer = Answer::new("WAHA server", 201, None, body.as_bytes(), &Secret::new(String::new()));
        message_id(&answer).map(str::to_owned)
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
            assert_eq!(id(body).as_deref(), Some("3EB0AB12"), "{body}");
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
            r#"{"id":"a b"}"#,
            r#"{"id":"\u0000"}"#,
            &long,
            r#"{"id":"trunc"#,
        ] {
            assert_eq!(id(body), None, "{body}");
        }
    }
}
