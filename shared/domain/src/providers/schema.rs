//! The description of the settings in the API's contract, made from the tables next to the parsers.
//!
//! Requests and answers have one object for all providers: a field that several of them have is described for all of them.

use serde_json::{Map, Value, json};

use super::ProviderKind;

/// A field of a provider's settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name in requests and answers.
    pub(super) name: &'static str,
    form: Form,
    /// Its description, without a full stop.
    says: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    OptionalText,
    Secret,
    Flag,
}

impl Field {
    /// A text that must be given.
    pub(super) const fn text(name: &'static str, says: &'static str) -> Self {
        Self { name, form: Form::Text, says }
    }

    /// A text that may be absent.
    pub(super) const fn optional_text(name: &'static str, says: &'static str) -> Self {
        Self { name, form: Form::OptionalText, says }
    }

    /// A secret: never shown.
    pub(super) const fn secret(name: &'static str, says: &'static str) -> Self {
        Self { name, form: Form::Secret, says }
    }

    /// Something that is off unless it is asked for.
    pub(super) const fn flag(name: &'static str, says: &'static str) -> Self {
        Self { name, form: Form::Flag, says }
    }

    pub(super) fn is_secret(&self) -> bool {
        self.form == Form::Secret
    }

    /// The value that answers show when the field was not given.
    pub(super) fn absent(&self) -> Value {
        if self.form == Form::Flag { false.into() } else { Value::Null }
    }

    fn asked(&self, says: &str) -> Value {
        match self.form {
            Form::Text | Form::OptionalText => json!({ "type": ["string", "null"], "description": says }),
            Form::Secret => json!({ "type": ["string", "null"], "writeOnly": true, "description": says }),
            Form::Flag => json!({ "type": ["boolean", "null"], "default": false, "description": says }),
        }
    }

    fn shown(&self) -> Option<Value> {
        match self.form {
            Form::Text => Some(json!({ "type": "string" })),
            Form::OptionalText => Some(json!({ "type": ["string", "null"] })),
            Form::Secret => None,
            Form::Flag => Some(json!({ "type": "boolean" })),
        }
    }
}

/// `provider` in requests: what it needs depends on its kind.
pub fn request_schema() -> Value {
    let kinds: Vec<Option<&str>> = kinds().map(Some).chain([None]).collect();
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({ "type": ["string", "null"], "enum": kinds }));
    for fields in by_name() {
        let says: Vec<&str> = fields.iter().map(|field| field.says).collect();
        let says = format!("{}.", says.join("; "));
        properties.insert(fields[0].name.to_owned(), fields[0].asked(&says));
    }
    json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false })
}

/// `provider` in answers: only fields that are not secret.
pub fn answer_schema() -> Value {
    let kinds: Vec<&str> = kinds().collect();
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({ "type": "string", "enum": kinds }));
    for fields in by_name() {
        let widest = fields.iter().find(|field| field.form == Form::OptionalText).unwrap_or(&fields[0]);
        properties.extend(widest.shown().map(|schema| (widest.name.to_owned(), schema)));
    }
    json!({ "type": "object", "required": ["kind"], "properties": properties })
}

fn kinds() -> impl Iterator<Item = &'static str> {
    ProviderKind::ALL.iter().map(|kind| kind.name())
}

/// The fields of all providers, those of the same name together.
fn by_name() -> Vec<Vec<Field>> {
    let mut groups: Vec<Vec<Field>> = Vec::new();
    for field in ProviderKind::ALL.iter().flat_map(|kind| kind.fields()) {
        match groups.iter_mut().find(|group| group[0].name == field.name) {
            Some(group) => group.push(*field),
            None => groups.push(vec![*field]),
        }
    }
    groups
}
