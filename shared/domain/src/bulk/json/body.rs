//! Reading the body of a bulk request, so that numbers in texts stay as they are written.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::values::json::mended;

/// Where in the body a value stands.
#[derive(Clone, Copy)]
enum Place {
    Body,
    Recipients,
    Recipient,
    Variables,
    Elsewhere,
}

/// Reads a body as [`crate::values::json::parse`] does. A number among a recipient's variables becomes the text of its own
/// digits: a parcel's number may have more digits than any number keeps, and a price ends with zeros.
///
/// # Errors
/// When it is no JSON.
pub fn parse_body(bytes: &[u8]) -> serde_json::Result<Value> {
    let mended = mended(bytes);
    read(serde_json::from_slice(&mended)?, Place::Body)
}

fn read(raw: &RawValue, place: Place) -> serde_json::Result<Value> {
    let text = raw.get();
    match (place, text.as_bytes().first()) {
        (Place::Body, Some(b'{')) => object(text, |name| match name {
            "recipients" => Place::Recipients,
            _ => Place::Elsewhere,
        }),
        (Place::Recipients, Some(b'[')) => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            elements.into_iter().map(|element| read(element, Place::Recipient)).collect()
        }
        (Place::Recipient, Some(b'{')) => object(text, |name| match name {
            "variables" => Place::Variables,
            _ => Place::Elsewhere,
        }),
        (Place::Variables, Some(b'{')) => variables(text),
        _ => serde_json::from_str(text),
    }
}

fn object(text: &str, place: impl Fn(&str) -> Place) -> serde_json::Result<Value> {
    let Members(members) = serde_json::from_str(text)?;
    let read = |(name, raw): (String, &RawValue)| read(raw, place(&name)).map(|value| (name, value));
    members.into_iter().map(read).collect::<serde_json::Result<Map<_, _>>>().map(Value::Object)
}

fn variables(text: &str) -> serde_json::Result<Value> {
    let Members(members) = serde_json::from_str(text)?;
    let read = |(name, raw): (String, &RawValue)| {
        let digits = raw.get();
        let value = match digits.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Value::from(digits),
            _ => read(raw, Place::Elsewhere)?,
        };
        Ok((name, value))
    };
    members.into_iter().map(read).collect::<serde_json::Result<Map<_, _>>>().map(Value::Object)
}

/// The members of an object in their order, not read yet.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_among_variables_keep_their_digits() {
        let body = br#" { "delayMin": 5000, "recipients": [ 7, { "phone": 5511987654321,
            "variables": { "n": 9405511899223197428490, "p": 10.50, "q":100.00, "e": 1e5, "m": -0.0, "t": true, "x": {"y": 1.0} } } ] } "#;
        let expected = json!({ "delayMin": 5000, "recipients": [ 7, { "phone": 5_511_987_654_321_u64,
            "variables": { "n": "9405511899223197428490", "p": "10.50", "q": "100.00", "e": "1e5", "m": "-0.0", "t": true,
                "x": { "y": 1.0 } } } ] });
        assert_eq!(parse_body(body).unwrap(), expected);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[", "{} {}", "{\"recipients\": [1,]}", "{\"a\": 01}", &"[".repeat(100_000)] {
            assert!(parse_body(text.as_bytes()).is_err(), "{text}");
        }
        let deep = format!("{{\"recipients\": {}{}}}", "[".repeat(1_000), "]".repeat(1_000));
        assert!(parse_body(deep.as_bytes()).is_err());
    }

    proptest! {
        /// All but variables is read as any JSON, in the same order, the last of two members of one name included.
        #[test]
        fn all_else_is_read_as_ever(text in r#"(\{|\}|\[|\]|"recipients"|"phone"|"a"|:|,|1|1\.0|null| ){0,24}"#) {
            let read = parse_body(text.as_bytes()).ok().map(|value| value.to_string());
            let plain = serde_json::from_str::<Value>(&text).ok().map(|value| value.to_string());
            prop_assert_eq!(read, plain);
        }
    }
}
