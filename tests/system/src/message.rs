//! A message as the API shows it.

use std::fmt;

use domain::values::time::Timestamp;
use serde_json::Value;

use crate::api::Api;
use crate::time::eventually;

/// A message as the API shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message(pub Value);

impl Message {
    /// Its state.
    pub fn status(&self) -> &str {
        self.0["status"].as_str().expect("a status")
    }

    /// How many provider calls were made for it.
    pub fn attempts(&self) -> u64 {
        self.0["attempts"].as_u64().expect("a number")
    }

    /// Why it failed.
    pub fn error_code(&self) -> Option<&str> {
        self.0["error"]["code"].as_str()
    }

    /// One of its times, by its name.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        let text = self.0.get(name).unwrap_or_else(|| panic!("there is no {name}")).as_str()?;
        Some(Timestamp::parse_rfc3339(text).expect("a time"))
    }

    /// One of its times, which must be there.
    pub fn at(&self, name: &str) -> Timestamp {
        self.time(name).unwrap_or_else(|| panic!("{name} is null: {self}"))
    }

    /// Why it waits, and until when.
    pub fn waiting(&self) -> Option<(&str, Option<Timestamp>)> {
        let waiting = &self.0["waiting"];
        let until = waiting["until"].as_str().map(|text| Timestamp::parse_rfc3339(text).expect("a time"));
        Some((waiting["reason"].as_str()?, until))
    }

    /// Whether it is over, as far as nothing but a provider's report can change it.
    pub fn is_over(&self) -> bool {
        !matches!(self.status(), "queued" | "sending")
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Api {
    /// Waits until a message is in one of these states.
    pub async fn reaches(&self, id: &str, states: &[&str], limit_ms: i64) -> Message {
        eventually(limit_ms, async || {
            let message = self.message(id).await;
            if states.contains(&message.status()) { Ok(message) } else { Err(message.to_string()) }
        })
        .await
    }

    /// Follows a message until it is in one of these states, and returns each different look at it.
    pub async fn follow(&self, id: &str, states: &[&str], limit_ms: i64) -> Vec<Message> {
        let mut looks: Vec<Message> = Vec::new();
        eventually(limit_ms, async || {
            let message = self.message(id).await;
            let is_there = states.contains(&message.status());
            let shown = message.to_string();
            if looks.last() != Some(&message) {
                looks.push(message);
            }
            if is_there { Ok(()) } else { Err(shown) }
        })
        .await;
        looks
    }
}
