//! Texts with variables: `{{name}}` stands for a value that each recipient brings.
//!
//! The engine is built with one kind of expression and nothing else: no blocks, loops, filters, functions or includes.
//! What a template can cost is therefore bounded by its length and by the longest text there may be.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::io;

use upon::{Engine, Syntax, Template, Value, ValueAccess, ValueMember};

use crate::limits::TEXT_MAX_CHARS;

/// What a recipient brings for the variables of its text.
pub trait Variables {
    /// The value of a variable; `None` when it has none of that name.
    fn value(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// A text is not a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("between {{{{ and }}}} must stand the name of one variable, such as {{{{name}}}}, and nothing else")]
pub struct NotATemplate;

/// A template was not rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRendered {
    /// A variable has no value.
    Missing(String),
    /// The text would be too long.
    TooLong,
    /// It is no template.
    NotATemplate,
}

/// Compiles and renders templates.
pub struct Templates {
    engine: Engine<'static>,
}

/// Most bytes of a text: so many characters of the longest kind.
const TEXT_MAX_BYTES: usize = TEXT_MAX_CHARS * 4;

impl Default for Templates {
    fn default() -> Self {
        // Only `expr` is given: the engine then knows no blocks and no comments, and `{%` is text like any other.
        let mut engine = Engine::new();
        engine.set_syntax(Syntax::builder().expr("{{", "}}").build());
        Self { engine }
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

impl Templates {
    /// Whether a text has anything to be replaced.
    pub fn has_variables(text: &str) -> bool {
        text.contains("{{")
    }

    /// Reads a template.
    ///
    /// # Errors
    /// When something else than the name of a variable stands between `{{` and `}}`.
    pub fn compile<'a>(&self, text: &'a str) -> Result<Template<'a>, NotATemplate> {
        self.engine.compile(text).map_err(|_| NotATemplate)
    }

    /// Puts the values into a text, as they are.
    ///
    /// # Errors
    /// When a variable has no value, the result is too long, or the text is no template.
    pub fn render(&self, text: &str, variables: &dyn Variables) -> Result<String, NotRendered> {
        let template = self.compile(text).map_err(|NotATemplate| NotRendered::NotATemplate)?;
        self.render_compiled(&template, variables)
    }

    /// As [`Templates::render`], of a template that was read before.
    ///
    /// # Errors
    /// When a variable has no value, or the result is too long.
    pub fn render_compiled(
        &self,
        template: &Template<'_>,
        variables: &dyn Variables,
    ) -> Result<String, NotRendered> {
        let missing = RefCell::new(None);
        let mut text = Bounded::default();
        let rendered = template
            .render_from_fn(&self.engine, |path| {
                let name = name_of(path);
                let Some(value) = variables.value(&name) else {
                    *missing.borrow_mut() = Some(name);
                    return Err("missing".to_owned());
                };
                Ok(Value::String(value.into_owned()))
            })
            .to_writer(&mut text);
        match (rendered, missing.into_inner()) {
            (_, Some(name)) => Err(NotRendered::Missing(name)),
            (_, None) if text.is_over => Err(NotRendered::TooLong),
            (Err(_), None) => Err(NotRendered::NotATemplate),
            (Ok(()), None) => match String::from_utf8(text.bytes) {
                Ok(text) if text.chars().count() <= TEXT_MAX_CHARS => Ok(text),
                _ => Err(NotRendered::TooLong),
            },
        }
    }
}

/// The whole path is one name: `{{a.b}}` is the variable `a.b`.
fn name_of(path: &[ValueMember<'_>]) -> String {
    let parts = path.iter().map(|member| match member.access {
        ValueAccess::Index(index) => index.to_string(),
        ValueAccess::Key(key) => key.to_owned(),
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Takes as much as the longest text may have, and then no more.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_over: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > TEXT_MAX_BYTES {
            self.is_over = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The form in which names of variables are compared: `First name`, `first-name` and `FIRST_NAME` are all `first_name`.
///
/// Templates can hold names of letters, digits and `_` only, while columns of spreadsheets are named as people name them.
pub(super) fn comparable(name: &str) -> String {
    let mut form = String::with_capacity(name.len());
    for letter in name.trim().chars() {
        if letter.is_alphanumeric() || letter == '.' {
            form.extend(letter.to_lowercase());
        } else if !form.ends_with('_') {
            form.push('_');
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    impl Variables for BTreeMap<&str, String> {
        fn value(&self, name: &str) -> Option<Cow<'_, str>> {
            self.get(name).map(|value| Cow::Borrowed(value.as_str()))
        }
    }

    fn render(text: &str) -> Result<String, NotRendered> {
        let variables = BTreeMap::from([
            ("name", "Ann".to_owned()),
            ("größe", "<b>&\"'{{name}}</b>".to_owned()),
            ("a.b", "dotted".to_owned()),
            ("long", "x".repeat(4_000)),
        ]);
        Templates::default().render(text, &variables)
    }

    #[test]
    fn values_are_inserted_as_they_are() {
        assert_eq!(render("Hi {{name}}, {{ name }}!").as_deref(), Ok("Hi Ann, Ann!"));
        assert_eq!(render("{{größe}}").as_deref(), Ok("<b>&\"'{{name}}</b>"));
        assert_eq!(render("{{a.b}}").as_deref(), Ok("dotted"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        assert_eq!(render("{{name}} {{surname}}"), Err(NotRendered::Missing("surname".to_owned())));
    }

    #[test]
    fn there_is_no_code() {
        for text in [
            "{{ name | upper }}",
            "{{ 1 + 1 }}",
            "{{ name() }}",
            "{{ }}",
            "{{",
            "{{name",
            "{{ include \"x\" }}",
            "{{ first name }}",
        ] {
            assert!(matches!(render(text), Err(NotRendered::NotATemplate)), "{text}: {:?}", render(text));
        }
        for text in ["{% for x in y %}{% endfor %}", "{# comment #}", "{name}", "100 %", "<? x ?>"] {
            assert!(!Templates::has_variables(text));
            assert_eq!(render(text).as_deref(), Ok(text), "it is text like any other");
        }
    }

    #[test]
    fn a_text_is_bounded_however_it_comes_about() {
        assert_eq!(render("{{long}}").map(|text| text.len()), Ok(4_000));
        assert_eq!(render(&"{{long}}".repeat(500)), Err(NotRendered::TooLong));
        assert_eq!(render(&format!("{{{{long}}}}{}", "y".repeat(97))), Err(NotRendered::TooLong));
    }

    #[test]
    fn names_are_compared_as_people_mean_them() {
        for name in ["First name", " first-name ", "FIRST_NAME", "first  name"] {
            assert_eq!(comparable(name), "first_name");
        }
        assert_eq!(comparable("Größe"), "größe");
    }
}
