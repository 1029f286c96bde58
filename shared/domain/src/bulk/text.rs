//! Texts with variables: `{{name}}` stands for a value that each recipient brings.
//!
//! A text is divided at `{{name}}` and at nothing else. A name is a name whatever it looks like: there are no values,
//! operators or keywords, and no engine that could have any. What a template can cost is bounded by its length and by the
//! longest text there may be.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use crate::limits::TEXT_MAX_CHARS;
use crate::values::letters::{is_format, trimmed};

/// What a recipient brings for the variables of its text.
pub trait Variables {
    /// The value of a variable; `None` when it has none of that name.
    fn value(&self, name: &Name<'_>) -> Option<Cow<'_, str>>;
}

/// The name of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// As it stands between the braces, without blanks around it.
    pub written: &'a str,
    /// The form in which names are compared.
    pub comparable: String,
}

/// A text is not a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "between {{{{ and }}}} must stand the name of one variable, such as {{{{name}}}}: letters, digits, blanks, _ and -"
)]
pub struct NotATemplate;

/// A template was not rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRendered {
    /// A variable has no value.
    Missing(String),
    /// The text would be too long.
    TooLong,
}

/// A text that was divided at its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    /// Each variable, and the text in front of it.
    parts: Vec<(&'a str, Name<'a>)>,
    /// The text behind the last variable.
    end: &'a str,
}

impl<'a> Template<'a> {
    /// Divides a text.
    ///
    /// # Errors
    /// When a `{{` is not followed by a name and `}}`.
    pub fn compile(text: &'a str) -> Result<Self, NotATemplate> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, behind)) = rest.split_once("{{") {
            let (name, after) = behind.split_once("}}").ok_or(NotATemplate)?;
            parts.push((before, Name::read(name).ok_or(NotATemplate)?));
            rest = after;
        }
        Ok(Self { parts, end: rest })
    }

    /// Whether there is anything to replace.
    pub const fn has_variables(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Puts the values in, as they are.
    ///
    /// # Errors
    /// When a variable has no value, or the result is too long.
    pub fn render(&self, variables: &dyn Variables) -> Result<String, NotRendered> {
        let mut text = String::new();
        let mut room = TEXT_MAX_CHARS;
        let mut push = |part: &str| {
            // Counting ends where a part is too long, however long that is.
            let chars = part.chars().take(room + 1).count();
            room = room.checked_sub(chars).ok_or(NotRendered::TooLong)?;
            text.push_str(part);
            Ok(())
        };
        for (before, name) in &self.parts {
            push(before)?;
            let missing = || NotRendered::Missing(name.written.to_owned());
            push(&variables.value(name).ok_or_else(missing)?)?;
        }
        push(self.end)?;
        Ok(text)
    }
}

impl<'a> Name<'a> {
    /// What stands between braces, if it is a name.
    fn read(text: &'a str) -> Option<Self> {
        let written = trimmed(text);
        let has_letter = written.contains(|letter: char| letter.is_alphanumeric() || letter == '_');
        let is_name = has_letter && !text.contains(|letter| !may_stand_in_name(letter));
        is_name.then(|| Self { written, comparable: comparable(written) })
    }
}

fn may_stand_in_name(letter: char) -> bool {
    let is_blank = letter.is_whitespace() && !letter.is_control();
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '\t') || is_blank || is_part_of_letter(letter)
}

/// Whether a character goes with the letter before it, as accents that are written apart do, and is no letter of its own.
fn is_part_of_letter(letter: char) -> bool {
    is_format(letter)
        || letter == '\u{34F}'
        || !letter.is_ascii() && CanonicalCombiningClassMapBorrowed::new().get_u8(letter) != 0
}

/// The form in which names of variables are compared: `First name`, `first-name` and `FIRST_NAME` are all `first_name`, and
/// letters with accents are the same in one piece (NFC) and in two.
pub(super) fn comparable(name: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(trimmed(name));
    let mut form = String::with_capacity(composed.len());
    for letter in composed.chars().filter(|letter| !is_format(*letter)) {
        if letter.is_alphanumeric() || is_part_of_letter(letter) {
            // By way of the capital letter: some letters have two small forms.
            form.extend(letter.to_uppercase().flat_map(char::to_lowercase));
        } else if !form.ends_with('_') {
            form.push('_');
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl Variables for BTreeMap<&str, String> {
        fn value(&self, name: &Name<'_>) -> Option<Cow<'_, str>> {
            self.get(name.comparable.as_str()).map(|value| Cow::Borrowed(value.as_str()))
        }
    }

    #[derive(Debug, PartialEq)]
    enum Wrong {
        NotATemplate,
        NotRendered(NotRendered),
    }

    fn render(text: &str) -> Result<String, Wrong> {
        let names = ["name", "1", "2", "007", "true", "in", "if", "1a", "first_name", "order_id"];
        let mut variables: BTreeMap<&str, String> =
            names.into_iter().map(|name| (name, format!("<{name}>"))).collect();
        // As it is compared.
        variables.insert("grösse", "<b>&\"'{{name}}</b>".to_owned());
        variables.insert("long", "x".repeat(4_000));
        variables.insert("empty", String::new());
        let template = Template::compile(text).map_err(|NotATemplate| Wrong::NotATemplate)?;
        template.render(&variables).map_err(Wrong::NotRendered)
    }

    #[test]
    fn values_are_inserted_as_they_are() {
        for (text, expected) in [
            ("Hi {{name}}, {{ name }}!", "Hi <name>, <name>!"),
            ("{{größe}}", "<b>&\"'{{name}}</b>"),
            ("{{gro\u{308}ße}}", "<b>&\"'{{name}}</b>"),
            ("{{empty}}.", "."),
            ("Hi {{1}}, order {{2}}", "Hi <1>, order <2>"),
            ("{{007}} {{true}} {{in}} {{if}} {{1a}}", "<007> <true> <in> <if> <1a>"),
            ("{{First Name}} {{order-id}} {{first_name}} {{FIRST-NAME}}", {
                "<first_name> <order_id> <first_name> <first_name>"
            }),
        ] {
            assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        for (text, name) in
            [("{{name}} {{ Surname }}", "Surname"), ("{{3}}", "3"), ("Hi {{-name}}!", "-name")]
        {
            let missing = NotRendered::Missing(name.to_owned());
            assert_eq!(render(text), Err(Wrong::NotRendered(missing)), "{text}");
        }
    }

    #[test]
    fn there_is_no_code() {
        for text in [
            "{{ name | upper }}",
            "{{ 1 + 1 }}",
            "{{ name() }}",
            "{{ }}",
            "{{}}",
            "{{-}}",
            "{{",
            "{{name",
            "{{name}",
            "{{ include \"x\" }}",
            "{{1.5}}",
            "{{\"name\"}}",
            "{{a?.b}}",
            "{{a.b}}",
            "{{na\nme}}",
            "{{👋}}",
            "{{{name}}}",
        ] {
            assert_eq!(render(text), Err(Wrong::NotATemplate), "{text}");
        }
        for text in ["{% for x in y %}{% endfor %}", "{# comment #}", "{name}", "100 %", "<? x ?>", "}} x"] {
            assert_eq!(Template::compile(text).map(|it| it.has_variables()), Ok(false));
            assert_eq!(render(text).as_deref(), Ok(text), "it is text like any other");
        }
    }

    #[test]
    fn a_text_is_bounded_however_it_comes_about() {
        assert_eq!(render("{{long}}").map(|text| text.len()), Ok(4_000));
        assert_eq!(render(&format!("{{{{long}}}}{}", "ß".repeat(96))).map(|text| text.len()), Ok(4_192));
        let too_long = Err(Wrong::NotRendered(NotRendered::TooLong));
        assert_eq!(render(&"{{long}}".repeat(500)), too_long);
        assert_eq!(render(&format!("{{{{long}}}}{}", "y".repeat(97))), too_long);
    }

    #[test]
    fn names_are_compared_as_people_mean_them() {
        for name in ["First name", " first-name ", "FIRST_NAME", "first  name", "\u{202A}first name\u{202C}"]
        {
            assert_eq!(comparable(name), "first_name");
        }
        assert_eq!(comparable("Größe"), comparable("GRÖSSE"));
        assert_eq!(comparable("Gro\u{308}ße"), comparable("Größe"));
        assert_eq!(comparable("οδος"), comparable("ΟΔΟΣ"));
    }

    proptest! {
        #[test]
        fn a_text_without_braces_is_never_changed(text in "[^{]{0,60}") {
            prop_assert_eq!(render(&text), Ok(text));
        }

        /// What stands around variables comes out as it was, and nothing else beside their values.
        #[test]
        fn what_stands_around_variables_stays(around in prop::collection::vec("[^{}]{0,20}", 1..6)) {
            let (text, expected) = (around.join("{{ name }}"), around.join("<name>"));
            prop_assert_eq!(render(&text), Ok(expected));
        }

        #[test]
        fn no_text_brings_anything_but_its_own_characters(text in "([a-z {}%|.\"-]|\\{\\{name\\}\\}){0,20}") {
            if let Ok(rendered) = render(&text) {
                prop_assert_eq!(rendered.replace("<name>", "{{name}}").len(), {
                    text.replace("{{ name }}", "{{name}}").len()
                });
            }
        }
    }
}
