//! Reads a JSON object field by field and collects all that is wrong with it.

use serde_json::{Map, Value};

use super::secret::Secret;
use crate::limits::{FIELD_ERRORS_MAX, FIELD_NAME_SHOWN_MAX_CHARS, NAME_MAX_CHARS};
use crate::values::named::named;

named! {
    /// What is wrong with a field. Stable: callers' programs read it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum FieldCode {
        /// It must be there.
        Required = "required",
        /// It has another JSON type than it must have.
        WrongType = "wrong_type",
        /// There is no such field.
        UnknownField = "unknown_field",
        /// Its text has not the form it must have.
        InvalidFormat = "invalid_format",
        /// It is too short.
        TooShort = "too_short",
        /// It is too long.
        TooLong = "too_long",
        /// It is not one of the values that there are, or lies outside of the range.
        OutOfRange = "out_of_range",
        /// It does not go with the rest of the request.
        NotAllowed = "not_allowed",
        /// The session's provider cannot do it.
        NotSupportedByProvider = "not_supported_by_provider",
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field; empty for the whole body.
    pub pointer: String,
    /// What is wrong.
    pub code: FieldCode,
    /// What would be right, as a sentence.
    pub detail: String,
}

impl FieldError {
    /// An error about the whole body.
    pub(crate) fn body(code: FieldCode, detail: &str) -> Self {
        Self { pointer: String::new(), code, detail: detail.to_owned() }
    }
}

/// A JSON object that is being read. An absent field, one that is `null`, and an empty text are the same: forms and many
/// programs send what nobody filled in.
pub(crate) struct Fields<'a> {
    /// Pointer to the object itself; empty for the body.
    pointer: String,
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &'a Value) -> Result<Self, Vec<FieldError>> {
        match body {
            Value::Object(object) => Ok(Self::at(String::new(), object)),
            _ => Err(vec![FieldError::body(FieldCode::WrongType, "the body must be a JSON object")]),
        }
    }

    fn at(pointer: String, object: &'a Map<String, Value>) -> Self {
        Self { pointer, object, known: Vec::new(), errors: Vec::new() }
    }

    /// Reads the object in a field, if there is one, and takes over what is wrong in it.
    pub(crate) fn nested<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Some(object) = self.optional(name)?.as_object() else {
            self.note(name, FieldCode::WrongType, "must be an object");
            return None;
        };
        let mut inner = Self::at(format!("{}/{name}", self.pointer), object);
        let value = read(&mut inner);
        if let Err(errors) = inner.finish() {
            let room = FIELD_ERRORS_MAX.saturating_sub(self.errors.len());
            self.errors.extend(errors.into_iter().take(room));
        }
        Some(value)
    }

    /// The value of a field; `None` when it is absent.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.given(name).filter(|value| !is_absent(value))
    }

    /// The same where a text must be there: an empty one is a wrong one.
    fn given(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field is `null`, which takes a setting back to its default.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    /// The text of a field; `None` when it is absent, or no text, which is noted.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.optional(name)?;
        self.text_of(name, value)
    }

    fn text_of(&mut self, name: &'static str, value: &'a Value) -> Option<&'a str> {
        if !value.is_string() {
            self.note(name, FieldCode::WrongType, "must be a text");
        }
        value.as_str()
    }

    /// The whole number in a field that fits `u32`, which may be a text; `None` when it is absent, or something else, which is noted.
    pub(crate) fn optional_u32(&mut self, name: &'static str) -> Option<u32> {
        let number = match self.optional(name)? {
            Value::String(text) => text.trim().parse().ok(),
            value => whole_number(value).and_then(|n| u32::try_from(n).ok()),
        };
        if number.is_none() {
            self.note(name, FieldCode::WrongType, "must be a whole number");
        }
        number
    }

    /// The truth value in a field, which may be a text; `None` when it is absent, or something else, which is noted.
    pub(crate) fn optional_bool(&mut self, name: &'static str) -> Option<bool> {
        let value = match self.optional(name)? {
            // A form has texts alone.
            Value::String(text) => text.parse().ok(),
            value => value.as_bool(),
        };
        if value.is_none() {
            self.note(name, FieldCode::WrongType, "must be true or false");
        }
        value
    }

    /// The objects of a list, each of which may have these fields and no others. What is no object is left to others.
    pub(crate) fn elements_have(
        &mut self,
        name: &'static str,
        elements: &'a [Value],
        known: &[&'static str],
    ) {
        let hint = format!("is not a field of a recipient; there are {}", known.join(", "));
        for (index, element) in elements.iter().enumerate() {
            let Some(object) = element.as_object() else { continue };
            if object.keys().all(|key| known.contains(&key.as_str())) {
                continue;
            }
            let mut inner = Self::at(format!("{}/{name}/{index}", self.pointer), object);
            for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
                inner.note(key, FieldCode::UnknownField, &hint);
            }
            let room = FIELD_ERRORS_MAX.saturating_sub(self.errors.len());
            self.errors.extend(inner.errors.into_iter().take(room));
            if room == 0 {
                return;
            }
        }
    }

    /// A name that may be absent.
    pub(crate) fn optional_name(&mut self, name: &'static str) -> Option<String> {
        self.optional(name)?;
        self.required_name(name)
    }

    /// A name: a text that is there, not blank, and not too long.
    pub(crate) fn required_name(&mut self, name: &'static str) -> Option<String> {
        let text = self.required_text(name)?.trim();
        if text.is_empty() {
            self.note(name, FieldCode::TooShort, "must not be blank");
        } else if text.chars().count() > NAME_MAX_CHARS {
            self.note(name, FieldCode::TooLong, &format!("must have at most {NAME_MAX_CHARS} characters"));
        }
        Some(text.to_owned())
    }

    /// The text of a field that must be there.
    pub(crate) fn required_text(&mut self, name: &'static str) -> Option<&'a str> {
        let Some(value) = self.given(name) else {
            self.note(name, FieldCode::Required, "is missing");
            return None;
        };
        self.text_of(name, value)
    }

    /// A secret that may be absent.
    pub(crate) fn optional_secret(&mut self, name: &'static str) -> Option<Secret> {
        let text = self.optional_text(name)?;
        // It goes into a header: what cannot stand there would fail at every send.
        if text.is_empty() || text.len() > 512 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.note(name, FieldCode::InvalidFormat, "must be 1 to 512 visible ASCII characters");
            return None;
        }
        Some(Secret::new(text.to_owned()))
    }

    /// A secret that must be there; `missing` is what is said when it is not.
    pub(crate) fn required_secret(&mut self, name: &'static str, missing: &str) -> Option<Secret> {
        if self.optional(name).is_none() {
            self.note(name, FieldCode::Required, missing);
            return None;
        }
        self.optional_secret(name)
    }

    /// Turns a text into a value, noting the error where that fails.
    pub(crate) fn parsed<T, E: ToString>(
        &mut self,
        name: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(name, FieldCode::InvalidFormat, &error.to_string());
                None
            }
        }
    }

    /// Notes an error about a field. `detail` goes on after the field's name.
    ///
    /// What a caller sent must not decide how large the answer is: so many errors are kept, and a field with an overlong
    /// name is pointed at by the object that holds it.
    pub(crate) fn note(&mut self, name: &str, code: FieldCode, detail: &str) {
        if self.errors.len() >= FIELD_ERRORS_MAX {
            return;
        }
        let shown: String = name.chars().take(FIELD_NAME_SHOWN_MAX_CHARS).collect();
        let pointer = if shown.len() == name.len() {
            format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
        } else {
            self.pointer.clone()
        };
        self.errors.push(FieldError { pointer, code, detail: format!("{shown} {detail}") });
    }

    /// Ends the reading: all errors, unknown fields among them, or nothing to complain about.
    pub(crate) fn finish(mut self) -> Result<(), Vec<FieldError>> {
        let object = self.object;
        let hint = format!("is not a field of this request; there are {}", self.known_names());
        for name in object.keys() {
            if !self.known.contains(&name.as_str()) {
                self.note(name, FieldCode::UnknownField, &hint);
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn known_names(&self) -> String {
        let mut names = self.known.clone();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }
}

/// Whether a value stands for none.
pub(crate) fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// The whole number that a value is, or that its text says. JSON has one kind of number: 5.0 is 5.
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok().filter(|_| !text.starts_with('+')),
        value => value.as_u64().or_else(|| whole(value.as_f64()?)),
    }
}

/// A fraction that is none, below what a fraction can tell apart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and in range"
)]
fn whole(number: f64) -> Option<u64> {
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    ((0.0..EXACT_BELOW).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
